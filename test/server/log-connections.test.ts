import { EventEmitter, errorMonitor, once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { isHello, jsonLines, type Logger, logConnections } from '../../src/server/index.ts';
import { dial, dialRaw, hello, memoryLogger, query, startLogged } from './logged.ts';

/** Dials as a session's first connection, and hands over both ends. */
async function connected(options: object = {}, serverOptions: object = {}) {
  const accepted: WebSocket[] = [];
  const logged = await startLogged(options, serverOptions, (socket) => accepted.push(socket));
  const client = await dial(logged.url + query('S', 1, '&document_id=D'));
  await logged.log.next('connection_opened');
  return { ...logged, client, socket: accepted[0] as WebSocket };
}

describe('a connection that ends', () => {
  it.each<[string, (ends: { client: WebSocket; socket: WebSocket }) => void, object]>([
    [
      'by its peer',
      ({ client }) => client.close(4001, 'bye'),
      { close_code: 4001, close_reason: 'bye', was_clean: true, closed_by: 'peer' },
    ],
    [
      'by its peer, without a code',
      ({ client }) => client.close(),
      { close_code: 1005, close_reason: '', was_clean: true, closed_by: 'peer' },
    ],
    [
      'by the server',
      ({ socket }) => socket.close(1012, 'restart'),
      { close_code: 1012, close_reason: 'restart', was_clean: true, closed_by: 'server' },
    ],
    [
      'by the server, which ends it at once',
      ({ socket }) => socket.terminate(),
      { close_code: 1006, close_reason: '', was_clean: false, closed_by: 'server' },
    ],
    [
      'without a close frame',
      ({ client }) => client.terminate(),
      { close_code: 1006, close_reason: '', was_clean: false, closed_by: 'network' },
    ],
    [
      'by its peer while the server says the same',
      ({ client, socket }) => {
        client.close(4001, 'bye');
        client.once('close', () => {});
        socket.once('close', () => socket.close(1012));
      },
      { close_code: 4001, closed_by: 'peer' },
    ],
  ])('%s is logged so', async (_, end, fields) => {
    const { log, client, socket } = await connected();
    end({ client, socket });
    const line = await log.next('connection_closed');
    expect(line).toMatchObject({
      session_id: 'S',
      connection_sequence: 1,
      document_id: 'D',
      duration_seconds: expect.any(Number),
      client_id: log.of('connection_opened')[0]?.client_id,
      ...fields,
    });
  });

  it('by a FIN or an RST is the network’s', async () => {
    const { log, url } = await startLogged();
    const fin = await dialRaw(url, query('fin', 1));
    fin.end();
    const rst = await dialRaw(url, query('rst', 1));
    rst.resetAndDestroy();
    for (const session_id of ['fin', 'rst']) {
      const line = await log.next('connection_closed', { session_id });
      expect(line).toMatchObject({ close_code: 1006, was_clean: false, closed_by: 'network' });
    }
  });

  it('by a close frame that is not answered is the server’s, also where a FIN follows', async () => {
    const accepted: WebSocket[] = [];
    const { log, url } = await startLogged({}, { closeTimeout: 50 }, (one) => accepted.push(one));
    await dialRaw(url, query('silent', 1));
    const fin = await dialRaw(url, query('fin', 1));
    for (const socket of accepted) socket.close(1012);
    fin.end();
    for (const session_id of ['silent', 'fin']) {
      const line = await log.next('connection_closed', { session_id });
      expect(line).toMatchObject({ close_code: 1006, was_clean: false, closed_by: 'server' });
    }
  });

  it('by the application’s own heartbeat is so where it says so', async () => {
    const { server, log, handle, url } = await startLogged();
    await dialRaw(url, query('half-open', 1));
    await log.next('connection_opened');
    for (const socket of server.clients) {
      handle.ending(socket, 'heartbeat');
      socket.terminate();
    }
    expect(await log.next('connection_closed')).toMatchObject({
      close_code: 1006,
      closed_by: 'heartbeat',
    });
  });

  it('is its peer’s where that was faster than what the application said', async () => {
    const { log, client, socket, handle } = await connected();
    handle.ending(socket, 'heartbeat');
    client.close(4001);
    expect(await log.next('connection_closed')).toMatchObject({ closed_by: 'peer' });
  });

  it('by a broken frame is the server’s, which says what was broken', async () => {
    const { log, url } = await startLogged({}, { closeTimeout: 50 });
    const raw = await dialRaw(url, query('S', 1));
    raw.write(Buffer.from([0x83, 0x80, 0, 0, 0, 0]));
    expect(await log.next('connection_closed')).toMatchObject({
      closed_by: 'server',
      error: 'WS_ERR_INVALID_OPCODE',
    });
  });

  it('has no one to name where a server tells less than ws does', async () => {
    const { log, logger } = memoryLogger();
    const server = new EventEmitter();
    logConnections(server, { logger });
    const socket = Object.assign(new EventEmitter(), { readyState: 1 });
    server.emit('connection', socket, { url: query('S', 1), headers: {}, socket: null });
    socket.emit('close', 1000, 'bye');
    const line = await log.next('connection_closed');
    expect(line).toMatchObject({ close_code: 1000, close_reason: 'bye' });
    expect(line.closed_by).toBeUndefined();
    expect(log.of('connection_opened')).toMatchObject([{ remote_address: null }]);
  });
});

describe('a session', () => {
  it('is found in the query string as the connection is accepted', async () => {
    const { log, url } = await startLogged();
    await dial(url + query('S', 3, '&document_id=D&token=secret'));
    const line = await log.next('connection_opened');
    expect(line).toMatchObject({ session_id: 'S', connection_sequence: 3, document_id: 'D' });
    expect(line.remote_address).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(line).not.toHaveProperty('session_verified');
    expect(JSON.stringify(line)).not.toContain('secret');
  });

  it('is found in the first message, which the application gets too', async () => {
    const messages: unknown[] = [];
    const { log, url } = await startLogged({}, {}, (socket) =>
      socket.on('message', (data) => messages.push(isHello(data), `${data}`)),
    );
    const client = await dial(url);
    client.send(hello({ connection_sequence: 2, document_id: 'D' }));
    client.send('a message');
    expect(await log.next('connection_opened')).toMatchObject({
      session_id: 'S',
      connection_sequence: 2,
      document_id: 'D',
    });
    await expect.poll(() => messages).toEqual([true, expect.any(String), false, 'a message']);
  });

  it.each<[string, string | Buffer]>([
    ['text', 'hi'],
    ['a hello that came second', `["${hello()}"]`],
    ['bytes', Buffer.from(hello())],
    ['a hello that is too large', hello({ padding: 'x'.repeat(5000) })],
  ])('that is not named in the first message, %s, is not there', async (_, message) => {
    const { log, url } = await startLogged();
    const client = await dial(url);
    client.send(message);
    client.send(hello());
    client.close(1000);
    const line = await log.next('connection_closed');
    expect(line).toMatchObject({ close_code: 1000, client_id: expect.any(String) });
    expect(line).not.toHaveProperty('session_id');
    expect(log.of('connection_opened')).toHaveLength(1);
  });

  it('that was going to be named is missing where the peer leaves before it says a word', async () => {
    const { log, url } = await startLogged();
    (await dial(url)).close(1001);
    expect(await log.next('handshake_rejected')).toMatchObject({
      reason: 'hello-missing',
      close_code: 1001,
      http_status: null,
      closed_by: 'peer',
      duration_seconds: expect.any(Number),
    });
    expect(log.of('connection_opened')).toEqual([]);
  });

  it('is not waited for where it can only be in the query string', async () => {
    const { log, url } = await startLogged({ hello: 'query' });
    (await dial(url)).close(1001);
    expect(await log.next('connection_closed')).toMatchObject({ close_code: 1001 });
    expect(log.of('connection_opened')).toHaveLength(1);
  });

  it('is where the application says', async () => {
    const { log, url } = await startLogged({
      hello: ({ headers }, message) => {
        if (message === null) return headers.cookie ? { session_id: headers.cookie } : null;
        const [session_id, connection_sequence] = `${message}`.split(' ');
        return { session_id, connection_sequence };
      },
    });
    const first = await dial(url, { headers: { cookie: 'user 7; tab 2' } });
    const second = await dial(url);
    second.send('tab 12');
    expect(await log.next('connection_opened', { session_id: 'user 7; tab 2' })).toMatchObject({
      hello_problem: 'connection_sequence is not a safe positive integer',
    });
    const line = await log.next('connection_opened', { session_id: 'tab' });
    expect(line.connection_sequence).toBe(12);
    expect(line).not.toHaveProperty('hello_problem');
    first.terminate();
  });

  it.each([
    ['no number', 'session_id=S', { session_id: 'S' }],
    ['a number below 1', query('S', 0).slice(2), { session_id: 'S' }],
    ['two numbers', `${query('S', 1).slice(2)}&connection_sequence=2`, { session_id: 'S' }],
    ['control characters', query('S%0A%1b[2J', 2).slice(2), { connection_sequence: 2 }],
    ['half a character', query('%ED%A0%80', 2).slice(2), { connection_sequence: 2 }],
    ['an id that is too long', query('x'.repeat(129), 2).slice(2), { connection_sequence: 2 }],
  ])('with %s is logged with what could be read, and why', async (_, text, readable) => {
    const { log, url } = await startLogged();
    await dial(`${url}/?${text}`);
    const { event, client_id, remote_address, ...rest } = await log.next('connection_opened');
    expect([event, client_id, remote_address]).not.toContain(undefined);
    expect(rest).toEqual({ ...readable, hello_problem: expect.any(String) });
  });

  it('gives the application ids for its own lines', async () => {
    const { log, handle, socket, client } = await connected();
    const { client_id } = await log.next('connection_opened');
    const ids = { client_id, session_id: 'S', connection_sequence: 1, document_id: 'D' };
    expect(handle.ids(socket)).toEqual(ids);
    client.close();
    await log.next('connection_closed');
    expect(handle.ids(socket)).toBeUndefined();
  });
});

describe('a handshake that is refused', () => {
  it('is logged as the application says', async () => {
    const { log, handle, url } = await startLogged(
      {},
      {
        verifyClient: ({ req }: { req: http.IncomingMessage }) => {
          handle.rejected(req, 'not logged in', 401);
          return false;
        },
      },
    );
    await expect(dial(url + query('S', 4))).rejects.toThrow('401');
    expect(await log.next('handshake_rejected')).toMatchObject({
      reason: 'not logged in',
      http_status: 401,
      close_code: null,
      session_id: 'S',
      connection_sequence: 4,
      remote_address: expect.stringContaining('127.0.0.1:'),
    });
    expect(log.of('connection_opened')).toEqual([]);
  });
});

describe('a server’s log', () => {
  it('begins as the server listens and ends with how many lines it has', async () => {
    const { log, server, client, url } = await connected();
    expect(log.lines[0]).toEqual({ event: 'server_started', url, log_schema: 1 });
    server.close();
    client.close();
    expect(await log.next('server_stopped')).toEqual({
      event: 'server_stopped',
      url,
      log_schema: 1,
      event_loop_delay_p99_ms: null,
      lines: 3,
    });
    expect(log.lines.map(({ event }) => event)).toEqual([
      'server_started',
      'connection_opened',
      'connection_closed',
      'server_stopped',
    ]);
  });

  it.each([true, false])(
    'is of an http server’s sockets too (tracked: %s)',
    async (clientTracking) => {
      const { log, logger } = memoryLogger();
      const web = http.createServer();
      const server = new WebSocketServer({ server: web, clientTracking });
      logConnections(server, { logger });
      expect(log.lines).toEqual([]);
      web.listen(0, '127.0.0.1');
      onTestFinished(() => void web.close());
      const { url } = await log.next('server_started');
      const client = await dial(url + query('S', 1));
      await log.next('connection_opened');
      server.close();
      client.close();
      await log.next('server_stopped');
      expect(log.lines.map(({ event }) => event).slice(-2)).toEqual([
        'connection_closed',
        'server_stopped',
      ]);
    },
  );

  it('of a server without a socket of its own begins at once, and knows no address', async () => {
    const { log, logger } = memoryLogger();
    const server = new WebSocketServer({ noServer: true });
    logConnections(server, { logger });
    expect(log.lines).toEqual([{ event: 'server_started', log_schema: 1 }]);
    const web = http.createServer().on('upgrade', (request, socket, head) => {
      server.handleUpgrade(request, socket, head, (one) => server.emit('connection', one, request));
    });
    web.listen(0, '127.0.0.1');
    await once(web, 'listening');
    onTestFinished(() => void web.close());
    const { port } = web.address() as AddressInfo;
    (await dial(`ws://127.0.0.1:${port}${query('S', 1)}`)).close(1000);
    expect(await log.next('connection_closed')).toMatchObject({ closed_by: 'peer' });
    server.close();
    expect(await log.next('server_stopped')).toMatchObject({ lines: 3 });
  });

  it('is empty where the server never listened', () => {
    const { log, logger } = memoryLogger();
    const server = new WebSocketServer({ server: http.createServer() });
    logConnections(server, { logger }).stop();
    expect(log.lines).toEqual([]);
  });

  it('of several servers with one logger begins with the first and ends with the last', async () => {
    const { log, logger } = memoryLogger();
    const one = await startLogged({ logger });
    const other = await startLogged({ logger });
    const clients = [await dial(one.url + query('A', 1)), await dial(other.url + query('B', 1))];
    await log.next('connection_opened', { session_id: 'B' });
    one.server.close();
    clients[0]?.close();
    await log.next('connection_closed', { session_id: 'A' });
    other.server.close();
    clients[1]?.close();
    expect(await log.next('server_stopped')).toMatchObject({ lines: 5 });
    expect(log.of('server_started')).toHaveLength(1);
    await startLogged({ logger });
    expect(log.of('server_started')).toHaveLength(2);
  });

  it('has all of many connections at once', async () => {
    const { log, server, url } = await startLogged();
    const clients = await Promise.all(
      Array.from({ length: 200 }, (_, index) => dial(url + query(`S${index}`, 1))),
    );
    for (const [index, client] of clients.entries()) {
      if (index % 2 === 0) client.close(4000 + index);
      else client.terminate();
    }
    server.close();
    expect(await log.next('server_stopped')).toMatchObject({ lines: 401 });
    for (const { session_id, close_code, closed_by } of log.of('connection_closed')) {
      const index = Number(session_id.slice(1));
      expect(close_code).toBe(index % 2 === 0 ? 4000 + index : 1006);
      expect(closed_by).toBe(index % 2 === 0 ? 'peer' : 'network');
    }
  });
});

/** How many listeners each of these has, of everything. */
const listeners = (...emitters: EventEmitter[]) =>
  emitters.map((emitter) =>
    Object.fromEntries(emitter.eventNames().map((name) => [name, emitter.listenerCount(name)])),
  );

interface Inside extends WebSocket {
  _socket: EventEmitter;
  _receiver: EventEmitter;
}
const parts = (socket: WebSocket) => {
  const { _socket, _receiver } = socket as Inside;
  return [socket, _socket, _receiver] as const;
};

describe('what it leaves behind', () => {
  it('is nothing after stop()', async () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const bare = listeners(server);
    const accepted: WebSocket[] = [];
    const accept = (socket: WebSocket) => accepted.push(socket);
    server.on('connection', accept);
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await dial(url);
    const before = listeners(...parts(accepted[0] as WebSocket));

    const { log, logger } = memoryLogger();
    const handle = logConnections(server, { logger, welcome: true });
    await dial(url);
    const second = await dial(url + query('S', 1));
    await log.next('connection_opened');
    expect(listeners(...parts(accepted[1] as WebSocket))).not.toEqual(before);
    handle.stop();
    handle.stop();
    server.off('connection', accept);
    expect(listeners(server)).toEqual(bare);
    expect(listeners(...parts(accepted[1] as WebSocket))).toEqual(before);
    expect(listeners(...parts(accepted[2] as WebSocket))).toEqual(before);
    // Their ends will not be known.
    second.terminate();
    await once(accepted[2] as WebSocket, 'close');
    expect(log.lines.map(({ event }) => event)).toEqual(['server_started', 'connection_opened']);
  });

  it('is nothing after the server has closed', async () => {
    const { server, log, socket, client } = await connected();
    const [, raw] = parts(socket);
    const own = ['onReadableStreamEnd'];
    expect(raw.listenerCount(errorMonitor)).toBe(1);
    const end = once(socket, 'close');
    server.close();
    client.close();
    await log.next('server_stopped');
    await end;
    expect(server.eventNames()).toEqual(['connection']);
    expect(raw.listeners('end').map(({ name }) => name)).toEqual(own);
    expect(raw.listenerCount(errorMonitor)).toBe(0);
    // The application's, and the server's own.
    expect(listeners(socket)).toEqual([{ close: 1, error: 1 }]);
  });

  it('ends the log where stop() finds nothing open', async () => {
    const { log, handle } = await startLogged();
    handle.stop();
    expect(log.lines.map(({ event }) => event)).toEqual(['server_started', 'server_stopped']);
  });

  it('leaves errors to the application', async () => {
    const { socket } = await connected();
    expect(socket.listenerCount('error')).toBe(1);
  });
});

describe('nothing is thrown into the application', () => {
  const loggers: [string, Logger][] = [
    [
      'throws',
      {
        info() {
          throw new Error('the disk is full');
        },
      },
    ],
    ['rejects', { info: () => Promise.reject(new Error('the disk is full')) }],
  ];

  it.each(loggers)('where the logger %s', async (_, logger) => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    onTestFinished(() => void process.off('unhandledRejection', unhandled));
    const messages: string[] = [];
    const { server, url } = await startLogged({ logger, welcome: true }, {}, (socket) =>
      socket.on('message', (data) => messages.push(`${data}`)),
    );
    const client = await dial(url + query('S', 1));
    client.send('hi');
    await expect.poll(() => messages).toEqual(['hi']);
    client.close();
    server.close();
    await once(server, 'close');
    expect(unhandled).not.toHaveBeenCalled();
  });

  it('where the function that finds the session does', async () => {
    const { log, url } = await startLogged({
      hello: () => {
        throw new Error('no session');
      },
    });
    await dial(url);
    expect(await log.next('connection_opened')).toMatchObject({
      hello_problem: expect.stringContaining('threw'),
    });
  });

  it.each<[string, (url: string) => Promise<unknown>]>([
    [
      'headers as large as Node takes',
      (url) =>
        dialRaw(
          url,
          `${query('S', 1)}&x=${'%00'.repeat(2500)}`,
          `X-Large: ${'y'.repeat(7000)}\r\n`,
        ),
    ],
    [
      'a query of nothing but fields',
      (url) => dialRaw(url, `${query('S', 1)}${'&session_id'.repeat(900)}`),
    ],
    ['escapes that are none', (url) => dialRaw(url, `${query('S', 1)}&%zz=%&=&&`)],
  ])('by %s', async (_, attack) => {
    const { log, url } = await startLogged();
    await attack(url);
    expect(await log.next('connection_opened')).toMatchObject({ connection_sequence: 1 });
  });

  it.each<[string, string]>([
    ['nested deep', `{"type":"hello",${'"a":{'.repeat(500)}${'}'.repeat(500)}}`],
    ['not JSON', '{"type":"hello",'],
    ['of other types', hello({ session_id: {}, connection_sequence: '1', document_id: [] })],
    ['of prototypes', '{"type":"hello","__proto__":{"session_id":"S"},"constructor":1}'],
  ])('by a hello that is %s', async (_, message) => {
    const { log, url } = await startLogged({ welcome: true });
    const client = await dial(url);
    client.send(message);
    client.close(1000);
    const line = await log.next('connection_closed');
    expect(line).toMatchObject({ close_code: 1000, closed_by: 'peer' });
    expect(line).not.toHaveProperty('session_id');
  });

  it('but wrong use is', () => {
    const server = new WebSocketServer({ noServer: true });
    expect(() => logConnections(server, {} as { logger: Logger })).toThrow(/logger: expected/);
    expect(() => logConnections({} as WebSocketServer, { logger: console })).toThrow(/server: exp/);
  });
});

describe('the console', () => {
  it('gets one object of JSON on one line, with its time', async () => {
    const info = vi.spyOn(console, 'info').mockImplementation(() => {});
    onTestFinished(() => info.mockRestore());
    const { server, url } = await startLogged({ logger: console });
    const client = await dial(url + query('S', 1));
    client.close(1000, 'two\nlines %s');
    server.close();
    await expect.poll(() => info.mock.calls.length).toBe(4);
    const lines = info.mock.calls.map((args) => args.map(String));
    expect(lines.every(([line = '', ...more]) => more.length === 0 && !line.includes('\n'))).toBe(
      true,
    );
    expect(lines.map(([line = '']) => JSON.parse(line))).toMatchObject([
      { event: 'server_started', level: 30, msg: 'server started' },
      { event: 'connection_opened', time: expect.stringMatching(/^\d{4}-.*Z$/) },
      { event: 'connection_closed', close_reason: 'two\nlines %s' },
      { event: 'server_stopped', lines: 3 },
    ]);
  });

  it('is written as jsonLines() writes', () => {
    const lines: string[] = [];
    jsonLines((line) => lines.push(line)).info({ event: 'x' }, 'y');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ event: 'x', msg: 'y' }]);
  });
});
