import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server, type Socket } from 'socket.io';
import { type Socket as ClientSocket, io as dialIo } from 'socket.io-client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { logSocketIo, type SocketIoLogOptions } from '../../src/server/index.ts';
import { memoryLogger } from './logged.ts';

const NAMESPACE = { main: '/', other: '/other' };

async function startIo(
  options: Partial<SocketIoLogOptions<Socket>> = {},
  {
    namespace = NAMESPACE.main,
    ...serverOptions
  }: { namespace?: string; [more: string]: unknown } = {},
) {
  const { log, logger } = memoryLogger();
  const http = createServer();
  const server = new Server(http, serverOptions);
  const target = namespace === NAMESPACE.main ? server : server.of(namespace);
  const before = [server.of(namespace), http, server.engine].map((one) => one.eventNames().length);
  const handle = logSocketIo(target, { logger, ...options });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  onTestFinished(async () => {
    await server.close();
  });
  const accepted: Socket[] = [];
  server.of(namespace).on('connection', (socket) => accepted.push(socket));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}${namespace}`;
  return { log, http, server, handle, url, accepted, before };
}

function dial(url: string, auth: object, options: object = {}): ClientSocket {
  const socket = dialIo(url, {
    auth,
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
    ...options,
  });
  onTestFinished(() => void socket.disconnect());
  return socket;
}

const AUTH = { session_id: 'S', connection_sequence: 3, document_id: 'D' };

describe('a socket', () => {
  it('is logged with the session of its auth', async () => {
    const { log, url, handle, accepted } = await startIo();
    const client = dial(url, AUTH);
    await once(client as never, 'connect');
    const opened = await log.next('connection_opened');
    expect(opened).toEqual({
      event: 'connection_opened',
      client_id: client.id,
      ...AUTH,
      remote_address: expect.stringContaining('127.0.0.1'),
    });
    expect(handle.ids(accepted[0] as Socket)).toEqual({ client_id: client.id, ...AUTH });
  });

  it.each<[string, (ends: { client: ClientSocket; socket: Socket }) => void, object]>([
    [
      'its peer',
      ({ client }) => client.disconnect(),
      {
        close_reason: 'client namespace disconnect',
        close_code: null,
        was_clean: null,
        closed_by: 'peer',
      },
    ],
    [
      'the server',
      ({ socket }) => socket.disconnect(true),
      { close_reason: 'server namespace disconnect', close_code: null, closed_by: 'server' },
    ],
    [
      'its page, which goes',
      ({ client }) => client.io.engine.close(),
      { close_reason: 'transport close', close_code: 1005, was_clean: true, closed_by: 'peer' },
    ],
    [
      'the network',
      ({ socket }) =>
        (
          socket.conn.transport as unknown as { socket: { _socket: { destroy(): void } } }
        ).socket._socket.destroy(),
      { close_reason: 'transport close', close_code: 1006, was_clean: false, closed_by: 'network' },
    ],
  ])('that is ended by %s says so', async (_, end, fields) => {
    const { log, url, accepted } = await startIo();
    const client = dial(url, AUTH);
    await once(client as never, 'connect');
    end({ client, socket: accepted[0] as Socket });
    expect(await log.next('connection_closed')).toMatchObject({
      ...AUTH,
      client_id: log.of('connection_opened')[0]?.client_id,
      duration_seconds: expect.any(Number),
      ...fields,
    });
  });

  it('that answers no ping is ended by the heartbeat', async () => {
    const { log, url } = await startIo({}, { pingInterval: 30, pingTimeout: 20 });
    const query = '?EIO=4&transport=websocket';
    const raw = new WebSocket(`${url.replace('http', 'ws')}socket.io/${query}`);
    onTestFinished(() => raw.terminate());
    // Engine.IO's open packet, and then Socket.IO's "connect".
    raw.once('message', () => raw.send(`40${JSON.stringify(AUTH)}`));
    expect(await log.next('connection_closed')).toMatchObject({
      session_id: 'S',
      close_reason: 'ping timeout',
      closed_by: 'heartbeat',
    });
  });

  it('over polling has an end of which nobody knows who began it', async () => {
    const { log, url } = await startIo();
    const client = dial(url, AUTH, { transports: ['polling'] });
    await once(client as never, 'connect');
    client.io.engine.close();
    const line = await log.next('connection_closed');
    expect(line).toMatchObject({ close_reason: 'transport close', close_code: null });
    expect(line.closed_by).toBeUndefined();
  });

  it('may have its session in the query string, or where the application says', async () => {
    const { log, url } = await startIo();
    dial(url, {}, { query: { session_id: 'Q', connection_sequence: '2' } });
    expect(await log.next('connection_opened')).toMatchObject({
      session_id: 'Q',
      connection_sequence: 2,
    });
    const own = await startIo({
      hello: ({ handshake }) => ({
        session_id: handshake.auth.tab,
        connection_sequence: handshake.auth.n,
      }),
    });
    dial(own.url, { tab: 7, n: '4' });
    expect(await own.log.next('connection_opened')).toMatchObject({
      session_id: '7',
      connection_sequence: 4,
    });
  });

  it('that names no session is logged without one', async () => {
    const { log, url } = await startIo();
    dial(url, { token: 'x' });
    const line = await log.next('connection_opened');
    expect(Object.keys(line)).toEqual(['event', 'client_id', 'remote_address']);
  });

  it('of another namespace is logged where that is given', async () => {
    const { log, url, server } = await startIo({}, { namespace: NAMESPACE.other });
    dial(url, AUTH);
    await log.next('connection_opened');
    await server.close();
    expect(log.lines.at(-1)).toMatchObject({ event: 'server_stopped', lines: 3 });
  });

  it('is welcomed, and its older one ended, where that is asked for', async () => {
    const { log, url } = await startIo({ welcome: true, secret: 'secret' });
    const first = dial(url, { ...AUTH, connection_sequence: 1 });
    const [welcome] = await once(first as never, 'welcome');
    expect(welcome).toMatchObject({ type: 'welcome', client_id: first.id, last_seen_sequence: 0 });
    const second = dial(url, {
      ...AUTH,
      connection_sequence: 2,
      reconnect_token: welcome.reconnect_token,
    });
    const [again] = await once(second as never, 'welcome');
    expect(again).toMatchObject({ client_id: second.id, last_seen_sequence: 1 });
    expect(await log.next('connection_closed', { connection_sequence: 1 })).toMatchObject({
      closed_by: 'superseded',
      close_code: null,
    });
    expect(log.of('connection_opened')).toMatchObject([
      { session_verified: true },
      { session_verified: true },
    ]);
    dial(url, { ...AUTH, connection_sequence: 3, reconnect_token: 'stolen' });
    expect(await log.next('connection_opened', { connection_sequence: 3 })).toMatchObject({
      session_verified: false,
    });
  });
});

describe('a Socket.IO server’s log', () => {
  it('tells of handshakes that are refused', async () => {
    const { log, url } = await startIo(
      {},
      {
        allowRequest: (_: unknown, done: (error: string, ok: boolean) => void) => done('no', false),
      },
    );
    dial(url, AUTH, { query: { session_id: 'Q', connection_sequence: '2' } });
    expect(await log.next('handshake_rejected')).toMatchObject({
      http_status: 403,
      close_code: null,
      session_id: 'Q',
      connection_sequence: 2,
    });
  });

  it('begins and ends with its server, and leaves nothing behind', async () => {
    const { log, url, server, http, before } = await startIo();
    const client = dial(url, AUTH);
    await once(client as never, 'connect');
    await server.close();
    expect(log.lines.map(({ event }) => event)).toEqual([
      'server_started',
      'connection_opened',
      'connection_closed',
      'server_stopped',
    ]);
    expect(log.of('connection_closed')).toMatchObject([{ closed_by: 'server' }]);
    expect(log.lines[0]).toMatchObject({
      log_schema: 1,
      url: url.replace('http', 'ws').replace(/\/$/, ''),
    });
    server.of('/').removeAllListeners('connection');
    expect([server.of('/'), http, server.engine].map((one) => one.eventNames().length)).toEqual(
      before,
    );
  });

  it('is not ended by stop() where sockets are open', async () => {
    const { log, url, handle, accepted } = await startIo();
    const client = dial(url, AUTH);
    await once(client as never, 'connect');
    const socket = accepted[0] as Socket;
    handle.stop();
    expect(socket.listenerCount('disconnect')).toBe(0);
    expect(log.of('server_stopped')).toEqual([]);
  });

  it('survives a function that throws, and refuses what is no server', async () => {
    const { log, url } = await startIo({
      hello: () => {
        throw new Error('no session');
      },
    });
    dial(url, AUTH);
    expect(await log.next('connection_opened')).toMatchObject({
      hello_problem: expect.any(String),
    });
    expect(() => logSocketIo({} as Server, { logger: console })).toThrow(/io: expected/);
  });
});
