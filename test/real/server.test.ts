import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import net from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { WriteLog } from '../../src/core/records.ts';
import { DEFAULT_SERVER_SETTINGS, type ServerSettings } from '../../src/core/settings.ts';
import { ReferenceServer } from '../../src/real/server.ts';
import { MemoryLog, type ServerLine, startServer } from '../support/world.ts';

/** Opcodes of RFC 6455 §5.2. */
const [CONTINUATION, TEXT, BINARY, CLOSE, PING] = [0, 1, 2, 8, 9];
const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

interface FrameShape {
  fin?: boolean;
  rsv?: number;
  masked?: boolean;
  /** A length to claim, whatever the payload has. */
  length?: bigint;
}

/** A frame from a client, broken as it is told to be. */
function frame(opcode: number, payload: string | Buffer = '', shape: FrameShape = {}): Buffer {
  const { fin = true, rsv = 0, masked = true, length } = shape;
  const body = Buffer.from(payload);
  const claimed = length ?? BigInt(body.length);
  const first = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  const mask = masked ? 0x80 : 0;
  const head =
    claimed < 126n
      ? Buffer.from([first, mask | Number(claimed)])
      : claimed < 65536n
        ? Buffer.from([first, mask | 126, Number(claimed >> 8n), Number(claimed & 255n)])
        : Buffer.from([first, mask | 127, 0, 0, 0, 0, 0, 0, 0, 0]);
  if (claimed >= 65536n) head.writeBigUInt64BE(claimed, 2);
  // A mask of zeros leaves the payload as it is.
  return Buffer.concat([head, Buffer.alloc(masked ? 4 : 0), body]);
}

const hello = (fields: object = {}): string =>
  JSON.stringify({
    type: 'hello',
    version: 1,
    session_id: 'S',
    connection_sequence: 1,
    ...fields,
  });

/** A TCP peer that says what it likes. */
class RawPeer {
  readonly socket: net.Socket;
  readonly closed: Promise<unknown>;
  #received = Buffer.alloc(0);
  #changed = () => {};

  constructor(url: string, options: Partial<net.NetConnectOpts> = {}) {
    const { hostname, port } = new URL(url);
    this.socket = net.connect({
      host: hostname.replace(/[[\]]/g, ''),
      port: Number(port),
      ...options,
    } as net.NetConnectOpts);
    this.socket
      .on('error', () => {})
      .on('data', (chunk) => {
        this.#received = Buffer.concat([this.#received, chunk]);
        this.#changed();
      });
    this.closed = new Promise((resolve) => this.socket.once('close', resolve));
    this.socket.once('end', () => this.#changed()).once('close', () => this.#changed());
    onTestFinished(() => void this.socket.destroy());
  }

  write(data: string | Buffer): void {
    this.socket.write(data);
  }

  requestUpgrade(path = '/', headers: Record<string, string | null> = {}, method = 'GET'): void {
    const all = {
      Host: `${this.socket.remoteAddress ?? '127.0.0.1'}`,
      Upgrade: 'websocket',
      Connection: 'Upgrade',
      'Sec-WebSocket-Key': KEY,
      'Sec-WebSocket-Version': '13',
      ...headers,
    };
    const lines = Object.entries(all).flatMap(([name, value]) =>
      value === null ? [] : [`${name}: ${value}`],
    );
    this.write(`${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  }

  /** What has come, once there is enough of it for `enough`, or no more to come. */
  async received(enough: (received: Buffer) => boolean = () => false): Promise<Buffer> {
    while (!enough(this.#received) && !this.socket.readableEnded && !this.socket.destroyed) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
    return this.#received;
  }

  /** The response's head, and its body as far as it has come. */
  async response(): Promise<string> {
    return (await this.received((received) => received.includes('\r\n\r\n'))).toString('latin1');
  }

  /** Upgrades, and forgets the response. */
  async upgrade(path = '/'): Promise<this> {
    this.requestUpgrade(path);
    const response = await this.response();
    expect(response).toMatch(/^HTTP\/1\.1 101 /);
    this.#received = this.#received.subarray(this.#received.indexOf('\r\n\r\n') + 4);
    return this;
  }

  /** The code of the server's close frame, or null where it ends without one. */
  async closeCode(): Promise<number | null> {
    return closeCodeIn(await this.received((received) => closeCodeIn(received) !== null));
  }
}

function closeCodeIn(frames: Buffer): number | null {
  for (let at = 0; at + 4 <= frames.length; ) {
    const length = frames.readUInt8(at + 1);
    if ((frames.readUInt8(at) & 15) === CLOSE) return frames.readUInt16BE(at + 2);
    at += length === 126 ? 4 + frames.readUInt16BE(at + 2) : 2 + length;
  }
  return null;
}

/** Dials with `ws`, until it is open or refused. */
async function dial(url: string, headers: Record<string, string> = {}) {
  const socket = new WebSocket(url, { headers });
  onTestFinished(() => socket.terminate());
  socket.on('error', () => {});
  const closed = new Promise<[code: number, reason: string]>((resolve) => {
    socket.once('close', (code, reason) => resolve([code, reason.toString()]));
  });
  const welcome = new Promise<Record<string, string | number>>((resolve) => {
    socket.once('message', (data) => resolve(JSON.parse(data.toString())));
  });
  const response = await new Promise<IncomingMessage | null>((resolve) => {
    socket.once('open', () => resolve(null));
    socket.once('unexpected-response', (request, response) => {
      resolve(response);
      request.destroy();
    });
  });
  return {
    socket,
    closed,
    welcome,
    status: response?.statusCode ?? 101,
    headers: response?.headers ?? {},
  };
}

/** A server, and what it has on record beside its own start. */
async function serve(settings: Partial<ServerSettings> = {}) {
  const started = await startServer(settings);
  return {
    ...started,
    told: () =>
      started.log.lines
        .map(({ event }) => event)
        .filter((event) => event !== 'server_started' && event !== 'server_stopped'),
  };
}

/** Shows that the server still does its work. */
async function expectService(url: string) {
  const { socket, welcome } = await dial(url);
  socket.send(hello({ session_id: 'still-there' }));
  expect(await welcome).toMatchObject({ type: 'welcome' });
}

describe('an upgrade', () => {
  it('is taken on any path, and from a client that is no browser', async () => {
    const { url } = await serve();
    for (const path of ['', '/socket', '/a/b%20c?x=1', '/%']) {
      expect((await dial(url + path)).status).toBe(101);
    }
  });

  for (const origin of ['http://localhost:5173', 'https://127.0.0.1', 'http://[::1]:80']) {
    it(`is taken from the page of this machine ${origin}`, async () => {
      const { url } = await serve();
      expect((await dial(url, { Origin: origin })).status).toBe(101);
    });
  }

  for (const origin of [
    'http://evil.example',
    'https://127.0.0.1.evil.example',
    'http://localhost.evil.example',
    'http://localhost@evil.example',
    'http://evil.example/localhost',
    'http://evil.example#127.0.0.1',
    'null',
    'file://',
    'localhost evil.example',
  ]) {
    it(`is refused with 403 from the page of ${origin}`, async () => {
      const { url, log } = await serve();
      expect((await dial(url, { Origin: origin })).status).toBe(403);
      expect(log.of('handshake_rejected')).toMatchObject([
        { reason: 'foreign-origin', http_status: 403, close_code: null, origin },
      ]);
    });
  }

  it('is taken from the pages of a site that was allowed, and of no other', async () => {
    const log = new MemoryLog<ServerLine>();
    const server = new ReferenceServer(
      {
        host: '127.0.0.1',
        port: 0,
        settings: DEFAULT_SERVER_SETTINGS,
        secret: 'secret',
        allowedOrigins: ['https://good.example'],
      },
      { write: log.write as WriteLog<'server'>, flush: () => {}, close: () => {} },
    );
    const { url } = await server.start();
    onTestFinished(() => server.stop());
    expect((await dial(url, { Origin: 'https://good.example' })).status).toBe(101);
    expect((await dial(url, { Origin: 'https://good.example.evil.example' })).status).toBe(403);
    expect((await dial(url, { Origin: 'http://good.example' })).status).toBe(403);
  });

  for (const host of [
    'evil.example',
    '127.0.0.1.evil.example',
    'localhost.evil.example:80',
    'evil.example:127',
    'localhost@evil.example',
    'localhost:80:80',
    '',
  ]) {
    it(`is refused with 403 for the host ${JSON.stringify(host)}`, async () => {
      const { url, log } = await serve();
      const peer = new RawPeer(url);
      peer.requestUpgrade('/', { Host: host });
      expect(await peer.response()).toMatch(/^HTTP\/1\.1 403 /);
      expect(log.of('handshake_rejected')).toMatchObject([
        { reason: 'foreign-host', http_status: 403 },
      ]);
    });
  }

  for (const host of ['localhost', 'LOCALHOST:80', '127.0.0.1:1', '[::1]:9', '127.8.9.10']) {
    it(`is taken for the host ${host}`, async () => {
      const { url } = await serve();
      const peer = new RawPeer(url);
      peer.requestUpgrade('/', { Host: host });
      expect(await peer.response()).toMatch(/^HTTP\/1\.1 101 /);
    });
  }

  for (const [what, headers, method] of [
    ['without a key', { 'Sec-WebSocket-Key': null }, 'GET'],
    ['with a short key', { 'Sec-WebSocket-Key': 'AAAA' }, 'GET'],
    ['of another version', { 'Sec-WebSocket-Version': '12' }, 'GET'],
    ['to another protocol', { Upgrade: 'h2c' }, 'GET'],
    ['by POST', {}, 'POST'],
  ] as const) {
    it(`is refused, and on record, ${what}`, async () => {
      const { url, log, told } = await serve();
      const peer = new RawPeer(url);
      peer.requestUpgrade('/', headers, method);
      expect(await peer.response()).toMatch(/^HTTP\/1\.1 4\d\d /);
      await peer.closed;
      expect(told()).toEqual(['handshake_rejected']);
      expect(log.of('handshake_rejected')).toMatchObject([
        { reason: 'protocol-error', http_status: 400 },
      ]);
    });
  }

  it('is over where it was refused, also for a peer that never ends it', async () => {
    const { url } = await serve();
    const peer = new RawPeer(url, { allowHalfOpen: true });
    peer.requestUpgrade('/', { Origin: 'http://evil.example' });
    expect(await peer.response()).toMatch(/^HTTP\/1\.1 403 /);
    // A server that only shut its own side would take this for ever.
    while (!peer.socket.destroyed) {
      peer.socket.write('still here');
      await new Promise((resolve) => setImmediate(resolve));
    }
  });

  it('is not what a plain request is, which gets 426', async () => {
    const { url, told } = await serve();
    const response = await fetch(url.replace('ws:', 'http:'));
    expect(response.status).toBe(426);
    expect(response.headers.get('upgrade')).toBe('websocket');
    expect(told()).toEqual([]);
  });

  for (const [what, junk] of [
    ['junk', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n'],
    ['a head of 64 KiB', `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(65536)}\r\n\r\n`],
    ['a frame', frame(TEXT, hello())],
  ] as const) {
    it(`is not ${what}, which gets a 4xx and an end`, async () => {
      const { url, told } = await serve();
      const peer = new RawPeer(url);
      peer.write(junk);
      await peer.closed;
      expect((await peer.received()).toString()).toMatch(/^HTTP\/1\.1 4\d\d /);
      expect(told()).toEqual([]);
      await expectService(url);
    });
  }

  it('has to be whole in time', async () => {
    const { url, told } = await serve({ handshakeTimeoutMs: 100 });
    const peer = new RawPeer(url);
    peer.write('GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: webs');
    await peer.closed;
    expect((await peer.received()).toString()).toMatch(/^HTTP\/1\.1 408 /);
    expect(told()).toEqual([]);
  });

  it('gets 503 and Retry-After where too many come', async () => {
    const { url, log } = await serve({ maxHandshakesPerSecond: 1 });
    const [first, ...others] = [await dial(url), await dial(url), await dial(url)];
    expect(first.status).toBe(101);
    for (const { status, headers } of others) {
      expect(status).toBe(503);
      expect(headers['retry-after']).toBe('1');
    }
    expect(log.of('handshake_rejected')).toMatchObject([
      { reason: 'rate-limited', http_status: 503 },
      { reason: 'rate-limited', http_status: 503 },
    ]);
  });

  it('is rejected as a fault has it, until the fault is over', async () => {
    const { server, url, log } = await serve();
    server.rejectHandshakes({ status: 502, retryAfterSeconds: 7, share: 1 });
    const rejected = await dial(url);
    expect(rejected.status).toBe(502);
    expect(rejected.headers['retry-after']).toBe('7');
    expect(log.of('handshake_rejected')).toMatchObject([
      { reason: 'fault-injected', http_status: 502 },
    ]);
    server.rejectHandshakes({ status: 503, retryAfterSeconds: null, share: 1 });
    expect((await dial(url)).headers).not.toHaveProperty('retry-after');
    server.rejectHandshakes(null);
    expect((await dial(url)).status).toBe(101);
  });

  it('is rejected for the share that a fault names, which the seed draws', async () => {
    const outcome = async () => {
      const { server, url } = await serve();
      server.rejectHandshakes({ status: 503, retryAfterSeconds: null, share: 0.3 });
      const statuses: number[] = [];
      for (let i = 0; i < 60; i++) statuses.push((await dial(url)).status);
      return statuses;
    };
    const statuses = await outcome();
    const rejected = statuses.filter((status) => status === 503).length;
    expect(rejected).toBeGreaterThan(6);
    expect(rejected).toBeLessThan(35);
    expect(await outcome()).toEqual(statuses);
  });

  for (const query of ['', '?session_id=S&connection_sequence=1']) {
    it(`is taken and closed at once as a fault has it, without a welcome: ${query || 'frame'}`, async () => {
      const { server, url, log, told } = await serve();
      server.closeOnOpen({ code: 1013, share: 1 });
      const away = await dial(`${url}/${query}`);
      away.socket.send(hello());
      const first = await Promise.race([away.welcome, away.closed]);
      expect(first).toEqual([1013, 'fault-injected']);
      await expect.poll(told).toEqual(['handshake_rejected']);
      expect(log.of('handshake_rejected')).toMatchObject([
        { reason: 'fault-injected', close_code: 1013, http_status: null },
      ]);
      server.closeOnOpen({ code: 1013, share: 0 });
      await expectService(url);
      server.closeOnOpen(null);
      await expectService(url);
    });
  }

  it('is left without an answer while handshakes stall, and answered afterwards', async () => {
    const { server, url, told } = await serve();
    server.stallHandshakes(true);
    const peers = [new RawPeer(url), new RawPeer(url)];
    for (const peer of peers) peer.requestUpgrade('/?session_id=S&connection_sequence=1');
    const gone = new RawPeer(url);
    gone.requestUpgrade('/');
    // Behind them in the server's queue: once this has its answer, they have been seen.
    expect((await fetch(url.replace('ws:', 'http:'))).status).toBe(426);
    gone.socket.resetAndDestroy();
    expect((await fetch(url.replace('ws:', 'http:'))).status).toBe(426);
    const left = new RawPeer(url);
    left.requestUpgrade('/?session_id=S&connection_sequence=2');
    left.socket.end();
    await left.closed;
    expect(told()).toEqual([]);
    server.stallHandshakes(false);
    for (const peer of peers) expect(await peer.response()).toMatch(/^HTTP\/1\.1 101 /);
    server.stallHandshakes(true);
    const later = new RawPeer(url);
    later.requestUpgrade('/');
    expect((await fetch(url.replace('ws:', 'http:'))).status).toBe(426);
    server.stallHandshakes(false);
    expect(await later.response()).toMatch(/^HTTP\/1\.1 101 /);
    await expectService(url);
  });
});

describe('a hello', () => {
  it('in a frame is welcomed', async () => {
    const { url, log } = await serve();
    const { socket, welcome } = await dial(url);
    socket.send(hello({ connection_sequence: 7, document_id: 'D' }));
    const { client_id } = await welcome;
    expect(log.of('connection_opened')).toMatchObject([
      { client_id, session_id: 'S', connection_sequence: 7, document_id: 'D' },
    ]);
    expect(log.of('connection_opened')[0]?.remote_address).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  it('in pieces is welcomed', async () => {
    const { url, log } = await serve();
    const peer = await new RawPeer(url).upgrade();
    const text = hello();
    peer.socket.setNoDelay(true);
    peer.write(frame(TEXT, text.slice(0, 10), { fin: false }));
    peer.write(frame(PING, 'between'));
    peer.write(frame(CONTINUATION, text.slice(10, 20), { fin: false }));
    const last = frame(CONTINUATION, text.slice(20));
    for (let at = 0; at < last.length; at += 4) {
      peer.write(last.subarray(at, at + 4));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await log.next('connection_opened', { session_id: 'S' });
  });

  it('right behind the upgrade request is welcomed', async () => {
    const { url, log } = await serve();
    const peer = new RawPeer(url);
    peer.socket.cork();
    peer.requestUpgrade();
    peer.write(frame(TEXT, hello()));
    peer.socket.uncork();
    await log.next('connection_opened', { session_id: 'S' });
  });

  it('in the query string is welcomed with the upgrade', async () => {
    const { url, log } = await serve();
    const query = 'session_id=S&connection_sequence=3&document_id=D&persistence=memory&other=x';
    const { welcome } = await dial(`${url}/socket?${query}`);
    expect(await welcome).toMatchObject({ type: 'welcome', last_seen_sequence: 0 });
    expect(log.of('connection_opened')).toMatchObject([
      { session_id: 'S', connection_sequence: 3, document_id: 'D', session_verified: true },
    ]);
  });

  for (const query of [
    'session_id=S',
    'session_id=&connection_sequence=1',
    'session_id=S&connection_sequence=0',
    'session_id=S&connection_sequence=1e3',
    'session_id=%1b[31m&connection_sequence=1',
    'session_id=S&connection_sequence=1?',
    'connection_sequence=2&session_id=S?connection_sequence=3',
    'session_id=S&connection_sequence=1&version=2',
    'session_id=S&connection_sequence=1&connection_sequence=9',
  ]) {
    it(`in the query string is refused with 400 as ${query}`, async () => {
      const { url, log } = await serve();
      expect((await dial(`${url}/?${query}`)).status).toBe(400);
      expect(log.of('handshake_rejected')).toMatchObject([
        { reason: expect.stringMatching(/^hello-invalid/), http_status: 400, close_code: null },
      ]);
      expect(log.of('connection_opened')).toEqual([]);
    });
  }

  for (const [what, act, code, reason] of [
    ['of 5 KiB', (s) => s.send(hello({ pad: 'x'.repeat(5120) })), 1009, 'hello-too-large'],
    ['that is binary', (s) => s.send(Buffer.from(hello())), 1003, 'hello-binary'],
    ['that is no JSON', (s) => s.send('hello'), 1008, 'hello-invalid: not a JSON object'],
    [
      'with a poisoned id',
      (s) => s.send(hello({ session_id: 'S"\n{"event":"connection_closed"}' })),
      1008,
      'hello-invalid: session_id is not an id',
    ],
    [
      'that nests deep',
      (s) => s.send(`${'['.repeat(2000)}${']'.repeat(2000)}`),
      1008,
      'hello-invalid: not a JSON object',
    ],
    ['that never comes', () => {}, 1008, 'hello-timeout'],
  ] as [string, (socket: WebSocket) => void, number, string][]) {
    it(`${what} is closed with ${code}`, async () => {
      const { url, log, told } = await serve({
        handshakeTimeoutMs: reason === 'hello-timeout' ? 300 : 5000,
      });
      const { socket, closed } = await dial(url);
      act(socket);
      expect((await closed)[0]).toBe(code);
      expect(log.of('handshake_rejected')).toMatchObject([
        { reason, close_code: code, http_status: null },
      ]);
      await expectService(url);
      expect(told()).toEqual(['handshake_rejected', 'connection_opened']);
    });
  }

  it('that comes again is closed with 1008', async () => {
    const { url, log } = await serve();
    const { socket, closed, welcome } = await dial(url);
    socket.send(hello());
    await welcome;
    socket.send(hello({ connection_sequence: 2 }));
    expect(await closed).toEqual([1008, 'hello-repeated']);
    expect(await log.next('connection_closed')).toMatchObject({
      connection_sequence: 1,
      close_code: 1008,
      closed_by: 'server',
    });
    expect(log.of('handshake_rejected')).toMatchObject([{ reason: 'hello-repeated' }]);
  });

  it('that comes again after a rejection changes nothing', async () => {
    const { url, log, told } = await serve();
    const peer = await new RawPeer(url).upgrade();
    peer.write(Buffer.concat([frame(TEXT, 'x'), frame(TEXT, hello()), frame(BINARY, 'x')]));
    expect(await peer.closeCode()).toBe(1008);
    peer.socket.destroy();
    await log.next('handshake_rejected');
    await expectService(url);
    expect(told()).toEqual(['handshake_rejected', 'connection_opened']);
  });
});

describe('a peer that breaks the protocol', () => {
  const broken: [what: string, data: Buffer, code: number][] = [
    ['a compressed frame', frame(TEXT, hello(), { rsv: 4 }), 1002],
    ['a reserved bit', frame(TEXT, hello(), { rsv: 1 }), 1002],
    ['an unmasked frame', frame(TEXT, hello(), { masked: false }), 1002],
    ['a reserved opcode', frame(3, hello()), 1002],
    ['a reserved control opcode', frame(11), 1002],
    ['a continuation of nothing', frame(CONTINUATION, hello()), 1002],
    ['a fragmented ping', frame(PING, '', { fin: false }), 1002],
    ['a ping of 126 bytes', frame(PING, 'x'.repeat(126)), 1002],
    ['a close code that is not to be sent', frame(CLOSE, Buffer.from([0x03, 0xee])), 1002],
    ['half a close code', frame(CLOSE, 'x'), 1002],
    ['text that is no UTF-8', frame(TEXT, Buffer.from([0xc3, 0x28])), 1007],
    ['a claim of 5 KiB', frame(TEXT, '', { length: 5120n }), 1009],
    ['a claim of 4 GiB', frame(TEXT, '', { length: 2n ** 32n }), 1009],
    ['a claim of 2^62 bytes', frame(TEXT, '', { length: 2n ** 62n }), 1009],
    [
      'a flood of fragments',
      Buffer.concat([
        frame(TEXT, '{', { fin: false }),
        ...Array.from({ length: 2000 }, () => frame(CONTINUATION, ' ', { fin: false })),
      ]),
      1008,
    ],
    ['two texts in one', Buffer.concat([frame(TEXT, '{', { fin: false }), frame(TEXT, '}')]), 1002],
  ];
  for (const [what, data, code] of broken) {
    it(`with ${what} is closed with ${code}, and on record once`, async () => {
      const { url, log, told } = await serve();
      const peer = await new RawPeer(url).upgrade();
      peer.write(data);
      expect(await peer.closeCode()).toBe(code);
      peer.socket.destroy();
      expect(await log.next('handshake_rejected')).toMatchObject({
        reason: code === 1009 ? 'hello-too-large' : 'protocol-error',
        close_code: code,
        client_id: expect.any(String),
      });
      await expectService(url);
      expect(told()).toEqual(['handshake_rejected', 'connection_opened']);
    });
  }

  it('after its welcome is closed by the server', async () => {
    const { url, log } = await serve();
    const peer = await new RawPeer(url).upgrade();
    peer.write(frame(TEXT, hello()));
    await log.next('connection_opened');
    peer.write(frame(TEXT, 'x', { masked: false }));
    expect(await peer.closeCode()).toBe(1002);
    peer.socket.destroy();
    expect(await log.next('connection_closed')).toMatchObject({
      connection_sequence: 1,
      closed_by: 'server',
    });
    expect(log.of('handshake_rejected')).toHaveLength(1);
  });
});

describe('a peer that resets', () => {
  for (const [when, act] of [
    ['before it has said anything', async () => {}],
    ['in the middle of its request', async (peer) => peer.write('GET / HTTP/1.1\r\nHost: loc')],
    ['right behind its request', async (peer) => peer.requestUpgrade()],
    ['before its hello', async (peer) => void (await peer.upgrade())],
    [
      'in the middle of its hello',
      async (peer) => (await peer.upgrade()).write(frame(TEXT, hello()).subarray(0, 20)),
    ],
    ['after its hello', async (peer) => (await peer.upgrade()).write(frame(TEXT, hello()))],
    [
      'after it was rejected',
      async (peer) => {
        (await peer.upgrade()).write(frame(TEXT, 'x'));
        await peer.closeCode();
      },
    ],
  ] as [string, (peer: RawPeer) => Promise<void>][]) {
    it(`${when} leaves the server at work, and each of its lines whole`, async () => {
      const { server, url, log } = await serve();
      for (let i = 0; i < 10; i++) {
        const peer = new RawPeer(url);
        await once(peer.socket, 'connect');
        await act(peer);
        peer.socket.resetAndDestroy();
      }
      await expectService(url);
      await server.stop();
      const opened = log.of('connection_opened').map(({ client_id }) => client_id);
      const closed = log.of('connection_closed').map(({ client_id }) => client_id);
      const rejected = log.of('handshake_rejected').map(({ client_id }) => client_id);
      expect(closed.sort()).toEqual(opened.sort());
      expect(new Set([...opened, ...rejected]).size).toBe(opened.length + rejected.length);
    });
  }

  it('before its hello is on record', async () => {
    const { url, log } = await serve();
    const peer = await new RawPeer(url).upgrade();
    peer.socket.resetAndDestroy();
    expect(await log.next('handshake_rejected')).toMatchObject({
      reason: 'hello-missing',
      close_code: 1006,
    });
  });
});

describe('a session', () => {
  it('is verified by its token, and only by that', async () => {
    const { url, log } = await serve();
    const connect = async (fields: object) => {
      const { socket, welcome } = await dial(url);
      socket.send(hello(fields));
      return welcome;
    };
    const { reconnect_token } = await connect({});
    expect(reconnect_token).toMatch(/^[\w-]{43}$/);
    const again = await connect({ connection_sequence: 2, reconnect_token });
    expect(again).toMatchObject({ last_seen_sequence: 1, reconnect_token });
    const forged = `${String(reconnect_token).slice(0, -1)}${String(reconnect_token).endsWith('A') ? 'E' : 'A'}`;
    expect(await connect({ connection_sequence: 3, reconnect_token: forged })).not.toHaveProperty(
      'reconnect_token',
    );
    await connect({ connection_sequence: 4 });
    expect(log.of('connection_opened').map((line) => line.session_verified)).toEqual([
      true,
      true,
      false,
      false,
    ]);
    // The second superseded the first; nobody superseded the second.
    expect(await log.next('connection_closed')).toMatchObject({ closed_by: 'superseded' });
    expect(log.of('connection_closed')).toHaveLength(1);
  });

  it('is verified without one where its welcome was lost', async () => {
    const { url, log } = await serve();
    const lost = await new RawPeer(url).upgrade('/?session_id=S&connection_sequence=1');
    const { socket, welcome } = await dial(url);
    socket.send(hello({ connection_sequence: 2 }));
    expect(await welcome).toMatchObject({ last_seen_sequence: 1 });
    expect(await welcome).toHaveProperty('reconnect_token');
    // It is the same client's, and takes the place of what that has lost.
    await lost.closed;
    expect(log.of('connection_opened')).toMatchObject([
      { connection_sequence: 1, session_verified: true },
      { connection_sequence: 2, session_verified: true },
    ]);
    expect(await log.next('connection_closed')).toMatchObject({
      connection_sequence: 1,
      closed_by: 'superseded',
    });
  });
});

describe('a graceful stop', () => {
  it('closes everyone with 1012, and is the last on record', async () => {
    const { server, url, log } = await serve();
    const greeted = await dial(url);
    greeted.socket.send(hello());
    await greeted.welcome;
    const silent = await dial(url);
    await server.stop();
    expect(await greeted.closed).toEqual([1012, 'restart']);
    expect((await silent.closed)[0]).toBe(1012);
    expect(log.of('connection_closed')).toMatchObject([{ close_code: 1012, closed_by: 'server' }]);
    expect(log.of('handshake_rejected')).toMatchObject([{ reason: 'server-stopping' }]);
    expect(log.lines.at(-1)).toMatchObject({ event: 'server_stopped', url });
    await expect(fetch(url.replace('ws:', 'http:'))).rejects.toThrow();
  });

  it('does not wait long for a peer that does not answer', async () => {
    const { server, url, log } = await serve();
    const peer = await new RawPeer(url, { allowHalfOpen: true }).upgrade();
    peer.write(frame(TEXT, hello()));
    await log.next('connection_opened');
    await server.stop();
    expect(log.of('connection_closed')).toMatchObject([{ close_code: 1006, closed_by: 'server' }]);
    expect(log.lines.at(-1)?.event).toBe('server_stopped');
  });

  it('refuses the handshakes that it finds stalled', async () => {
    const { server, url, log } = await serve();
    server.stallHandshakes(true);
    const peer = new RawPeer(url);
    peer.requestUpgrade();
    expect((await fetch(url.replace('ws:', 'http:'))).status).toBe(426);
    await server.stop();
    expect(await peer.response()).toMatch(/^HTTP\/1\.1 503 /);
    server.stallHandshakes(false);
    expect(log.of('handshake_rejected')).toMatchObject([
      { reason: 'server-stopping', http_status: 503 },
    ]);
    expect(log.lines.at(-1)?.event).toBe('server_stopped');
  });

  it('ends a request that is half here', async () => {
    const { server, url } = await serve();
    const peer = new RawPeer(url);
    await once(peer.socket, 'connect');
    peer.write('GET / HTTP/1.1\r\nHost: localhost\r\n');
    await expectService(url);
    await server.stop();
    await peer.closed;
  });

  it('comes once', async () => {
    const { server, log } = await serve();
    await Promise.all([server.stop(), server.stop()]);
    await server.stop();
    expect(log.of('server_stopped')).toHaveLength(1);
  });
});
