import { createHash } from 'node:crypto';
import net, { type AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ClientSettings } from '../../src/core/settings.ts';
import { itThoroughly } from '../support/thorough.ts';
import { startBrowser, startConnected } from '../support/world.ts';

const [TEXT, BINARY, CLOSE, PING, PONG] = [1, 2, 8, 9, 10];
const FAST = { policy: 'fixed', baseMs: 5, maxMs: 5 } as const;

/** A reset has a FIN before it at times, and then the client sees that. */
const RESET = expect.stringMatching(/^(ECONNRESET|closed with 1006)$/);

/** A dial, as a hostile server has it. */
interface Dialled {
  socket: net.Socket;
  /** The upgrade request. */
  request: string;
  /** From 1. */
  dial: number;
  /** The response that RFC 6455 asks for. */
  acceptance: string;
}

/** A server that does with each dial what `serve` says. */
async function startHostile(serve: (dialled: Dialled) => void) {
  let dials = 0;
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ noDelay: true }, (socket) => {
    dials += 1;
    const dial = dials;
    let request = '';
    sockets.add(socket);
    const onData = (chunk: Buffer) => {
      request += chunk.toString('latin1');
      if (!request.includes('\r\n\r\n')) return;
      socket.off('data', onData);
      serve({ socket, request, dial, acceptance: acceptanceOf(request) });
      // What it says further is not this server's concern, but its end is.
      socket.resume();
    };
    socket
      .on('error', () => {})
      .on('close', () => sockets.delete(socket))
      .on('data', onData);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    server,
    sockets,
  };
}

function acceptanceOf(request: string): string {
  const key = /^Sec-WebSocket-Key: (.*)\r$/m.exec(request)?.[1] ?? '';
  const accept = createHash('sha1')
    .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest('base64');
  return (
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
    `Sec-WebSocket-Accept: ${accept}\r\n\r\n`
  );
}

/** A frame from a server. */
function frame(opcode: number, payload: string | Buffer = '', first = 0x80): Buffer {
  const body = Buffer.from(payload);
  const head =
    body.length < 126
      ? Buffer.from([first | opcode, body.length])
      : Buffer.from([first | opcode, 126, body.length >> 8, body.length & 255]);
  return Buffer.concat([head, body]);
}

/** Whole frames that a client sent, of less than 64 KiB each. */
function clientFrames(bytes: Buffer): { opcode: number; payload: Buffer }[] {
  const frames = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const short = bytes.readUInt8(at + 1) & 0x7f;
    const isLong = short === 126;
    const length = isLong ? bytes.readUInt16BE(at + 2) : short;
    const start = at + (isLong ? 8 : 6);
    if (start + length > bytes.length) break;
    const masked = bytes.subarray(start, start + length);
    const payload = Buffer.from(
      masked.map((byte, i) => byte ^ bytes.readUInt8(start - 4 + (i % 4))),
    );
    frames.push({ opcode: bytes.readUInt8(at) & 0x0f, payload });
    at = start + length;
  }
  return frames;
}

const closeFrame = (code: number, reason = '') =>
  frame(CLOSE, Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]));

const welcome = (fields: object = {}) =>
  frame(
    TEXT,
    JSON.stringify({
      type: 'welcome',
      version: 1,
      client_id: 'C',
      last_seen_sequence: 0,
      ...fields,
    }),
  );

/** Dials a hostile server with one tab. */
async function meet(serve: (dialled: Dialled) => void, settings: Partial<ClientSettings> = {}) {
  const hostile = await startHostile(serve);
  const { browser, log } = startBrowser(hostile.url, {
    backoff: FAST,
    connectTimeoutMs: 2000,
    ...settings,
  });
  const tab = browser.open('tab');
  tab.load();
  return { ...hostile, browser, log, tab };
}

/** What a client that was welcomed answers to a frame: the payload of its first with that opcode. */
const answerTo = (sent: Buffer, wanted: number): Promise<Buffer> =>
  new Promise((resolve) => {
    void meet(({ socket, acceptance }) => {
      let received = Buffer.alloc(0);
      socket.on('data', (chunk) => {
        received = Buffer.concat([received, chunk]);
        const answer = clientFrames(received).find(({ opcode }) => opcode === wanted);
        if (answer) resolve(answer.payload);
      });
      socket.write(Buffer.concat([Buffer.from(acceptance), welcome(), sent]));
    });
  });

type Met = Awaited<ReturnType<typeof meet>>;

function thrownBy(action: () => void): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** The first attempt's end, which is one line, and is followed by further attempts. */
async function firstEnd({ log }: Pick<Met, 'log'>, attempts = 3) {
  await log.next('connection_attempt', { connection_sequence: attempts });
  const ends = [...log.of('connection_failed'), ...log.of('connection_closed')];
  const first = ends.filter((line) => line.connection_sequence === 1);
  expect(first).toHaveLength(1);
  return first[0];
}

describe('a response that is no upgrade', () => {
  const failures: [
    what: string,
    serve: (dialled: Dialled) => void,
    end: { error: unknown; http_status: number | null },
  ][] = [
    [
      'has a wrong accept value',
      ({ socket, acceptance }) => socket.write(acceptance.replace(/Accept: .*/, 'Accept: AAAA')),
      { error: 'wrong Sec-WebSocket-Accept', http_status: 101 },
    ],
    [
      'has an extension',
      ({ socket, acceptance }) =>
        socket.write(acceptance.replace(/\r\n\r\n/, '\r\nSec-WebSocket-Extensions: x\r\n\r\n')),
      { error: 'an extension that was not asked for', http_status: 101 },
    ],
    [
      'is a 503',
      ({ socket }) => socket.end('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n'),
      { error: 'HTTP 503', http_status: 503 },
    ],
    [
      'is a 200 whose body goes on and on',
      ({ socket }) => socket.write(`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(300_000)}`),
      { error: 'HTTP 200', http_status: 200 },
    ],
    [
      'is a redirect',
      ({ socket }) => socket.write('HTTP/1.1 302 Found\r\nLocation: ws://evil.example\r\n\r\n'),
      { error: 'HTTP 302', http_status: 302 },
    ],
    [
      'has a head of 1 MB',
      ({ socket }) => socket.write(`HTTP/1.1 101 OK\r\nX: ${'x'.repeat(1024 * 1024)}\r\n\r\n`),
      { error: 'response head too large', http_status: null },
    ],
    [
      'is garbage',
      ({ socket }) => socket.write(Buffer.from('\x00\xff\x16\x03garbage\r\n\r\n', 'latin1')),
      { error: 'not an HTTP response', http_status: null },
    ],
    ['is a FIN', ({ socket }) => socket.end(), { error: 'closed with 1006', http_status: null }],
    [
      'is cut by a FIN',
      ({ socket, acceptance }) => socket.end(acceptance.slice(0, 40)),
      { error: 'closed with 1006', http_status: null },
    ],
    ['is a reset', ({ socket }) => socket.resetAndDestroy(), { error: RESET, http_status: null }],
    [
      'is cut by a reset',
      ({ socket, acceptance }) =>
        socket.write(acceptance.slice(0, 40), () => socket.resetAndDestroy()),
      { error: RESET, http_status: null },
    ],
  ];
  for (const [what, serve, end] of failures) {
    it(`fails the attempt, once, where it ${what}`, async () => {
      expect(await firstEnd(await meet(serve))).toMatchObject({
        event: 'connection_failed',
        ...end,
      });
    });
  }

  it('fails the attempt where it does not come in time, and leaves the server no socket', async () => {
    const met = await meet(() => {}, { connectTimeoutMs: 50 });
    const end = await firstEnd(met);
    expect(end).toMatchObject({ event: 'connection_failed', error: 'timeout' });
    met.tab.closeTab();
    await closedAll(met);
  });

  it('fails the attempt where TLS is not answered, and leaves the server no socket', async () => {
    const hostile = await startHostile(() => {});
    const { browser, log } = startBrowser(hostile.url.replace('ws:', 'wss:'), {
      backoff: FAST,
      connectTimeoutMs: 50,
    });
    const tab = browser.open('tab');
    tab.load();
    expect(await firstEnd({ log })).toMatchObject({ error: 'timeout' });
    tab.closeTab();
    await closedAll({ ...hostile, browser });
  });

  it('fails the attempt where nobody listens', async () => {
    const { server, url } = await startHostile(() => {});
    await new Promise((resolve) => server.close(resolve));
    const { browser, log } = startBrowser(url, { backoff: FAST });
    browser.open('tab').load();
    expect(await firstEnd({ log })).toMatchObject({ error: 'ECONNREFUSED', http_status: null });
  });

  it('is waited for as Retry-After says in seconds', async () => {
    const { log } = await meet(({ socket, dial }) =>
      socket.end(`HTTP/1.1 503 Busy\r\n${dial === 1 ? 'Retry-After: 1\r\n' : ''}\r\n`),
    );
    const second = await log.next('connection_attempt', { connection_sequence: 2 });
    expect(second.delay_ms).toBeGreaterThan(990);
    expect(second.delay_ms).toBeLessThan(1010);
  });

  it('is waited for as Retry-After says by a date', async () => {
    const { log } = await meet(({ socket, dial }) => {
      const date = new Date(Date.now() + 2000).toUTCString();
      socket.end(`HTTP/1.1 503 Busy\r\n${dial === 1 ? `Retry-After: ${date}\r\n` : ''}\r\n`);
    });
    const second = await log.next('connection_attempt', { connection_sequence: 2 });
    expect(second.delay_ms).toBeGreaterThan(500);
    expect(second.delay_ms).toBeLessThan(2100);
  });

  it('is not dialled again at once because its Retry-After is beyond all timers', async () => {
    const hostile = await startHostile(({ socket, request }) => {
      const patience = request.includes('connection_sequence=1&') ? 999_999_999 : 0;
      socket.end(`HTTP/1.1 503 Busy\r\nRetry-After: ${patience}\r\n\r\n`);
    });
    const { browser, log } = startBrowser(hostile.url, { backoff: FAST, handshake: 'query' });
    const tab = browser.open('patient');
    tab.load();
    const { session_id } = await log.next('connection_failed', { connection_sequence: 1 });
    const other = browser.open('other');
    other.load();
    const { session_id: others } = await log.next('connection_attempt', {
      session_id: other.sessionId ?? '',
    });
    other.reload();
    await log.next('connection_attempt', { session_id: others, connection_sequence: 6 });
    const attempts = log.of('connection_attempt');
    expect(attempts.filter((line) => line.session_id === session_id)).toHaveLength(1);
  });
});

describe('a server that is slow or chatty', () => {
  it('is understood byte by byte', async () => {
    const { log } = await meet(async ({ socket, acceptance }) => {
      for (const byte of Buffer.concat([Buffer.from(acceptance), welcome()])) {
        socket.write(Buffer.from([byte]));
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
    expect(await log.next('connection_opened')).toMatchObject({ client_id: 'C' });
    expect(log.of('connection_attempt')).toHaveLength(1);
  });

  it('is understood all in one', async () => {
    const { log } = await meet(({ socket, acceptance }) =>
      socket.end(
        Buffer.concat([Buffer.from(acceptance), frame(PING), welcome(), closeFrame(4000, 'bye')]),
      ),
    );
    expect(await firstEnd({ log })).toMatchObject({
      event: 'connection_closed',
      close_code: 4000,
      close_reason: 'bye',
      was_clean: true,
    });
  });

  it('is understood in fragments', async () => {
    const { log } = await meet(({ socket, acceptance }) => {
      const text = welcome().subarray(2);
      socket.write(acceptance);
      socket.write(frame(TEXT, text.subarray(0, 5), 0));
      socket.write(frame(PING, 'between'));
      socket.write(frame(0, text.subarray(5), 0x80));
    });
    expect(await log.next('connection_opened')).toMatchObject({ client_id: 'C' });
  });

  it('opens one connection with two welcomes', async () => {
    const { log } = await meet(({ socket, acceptance }) =>
      socket.end(
        Buffer.concat([
          Buffer.from(acceptance),
          welcome(),
          welcome({ client_id: 'D', last_seen_sequence: 1000 }),
          frame(TEXT, 'chat'),
          frame(BINARY, 'chat'),
          closeFrame(1000),
        ]),
      ),
    );
    await firstEnd({ log });
    const opened = log.of('connection_opened').filter((line) => line.connection_sequence === 1);
    expect(opened).toMatchObject([{ client_id: 'C' }]);
    expect(log.of('sequence_advanced')).toEqual([]);
  });

  it('has its pings answered', async () => {
    const answer = await answerTo(frame(PING, 'ping'), PONG);
    expect(answer.toString()).toBe('ping');
  });

  itThoroughly('is not answered each of its pings while it reads nothing', async () => {
    const [batch, batches] = [1000, 100];
    const pings = Buffer.concat(
      Array.from({ length: batch }, () => frame(PING, Buffer.alloc(125))),
    );
    const answers = await new Promise<Buffer>((resolve) => {
      void meet(({ socket, acceptance, dial }) => {
        if (dial > 1) return;
        process.nextTick(() => socket.pause());
        socket.write(Buffer.concat([Buffer.from(acceptance), welcome()]));
        for (let i = 0; i < batches; i++) socket.write(pings);
        socket.end(closeFrame(1000), () => {
          const received: Buffer[] = [];
          socket
            .on('data', (chunk) => received.push(chunk))
            .on('end', () => resolve(Buffer.concat(received)))
            .resume();
        });
      });
    });
    const pongs = clientFrames(answers).filter(({ opcode }) => opcode === PONG);
    expect(pongs.length).toBeGreaterThan(0);
    // What is in between is what the kernel takes for a reader that does not come.
    expect(pongs.length).toBeLessThan(0.9 * batch * batches);
  });
});

describe('frames that no server may send', () => {
  const huge = Buffer.from([0x80 | TEXT, 127, 0, 0, 0, 0, 0, 0x20, 0, 0]);
  const frames: [string, Buffer][] = [
    ['an unknown opcode', frame(3, 'x')],
    ['an unknown control opcode', frame(11)],
    ['a compressed frame', frame(TEXT, 'x', 0xc0)],
    ['a masked frame', Buffer.from([0x81, 0x81, 1, 2, 3, 4, 5])],
    ['a message of 2 MiB', Buffer.concat([huge, Buffer.alloc(100_000)])],
    ['text that is no UTF-8', frame(TEXT, Buffer.from([0xc3, 0x28]))],
    ['a close code that is not to be sent', closeFrame(1006)],
    ['half a close code', frame(CLOSE, 'x')],
    ['a continuation of nothing', frame(0, 'x')],
  ];
  for (const [what, bytes] of frames) {
    it(`fail the attempt where ${what} comes before the welcome`, async () => {
      const met = await meet(({ socket, acceptance }) =>
        socket.write(Buffer.concat([Buffer.from(acceptance), bytes])),
      );
      expect(await firstEnd(met)).toMatchObject({
        event: 'connection_failed',
        error: expect.stringMatching(/^WS_ERR_/),
        http_status: null,
      });
      met.tab.closeTab();
      await closedAll(met);
    });

    it(`close the connection with 1006 where ${what} comes after it`, async () => {
      const met = await meet(({ socket, acceptance }) =>
        socket.write(Buffer.concat([Buffer.from(acceptance), welcome(), bytes])),
      );
      expect(await firstEnd(met)).toMatchObject({
        event: 'connection_closed',
        close_code: 1006,
        was_clean: false,
      });
      met.tab.closeTab();
      await closedAll(met);
    });
  }
});

describe('a close', () => {
  it('before the welcome fails the attempt, and names its code', async () => {
    const met = await meet(({ socket, acceptance }) =>
      socket.write(Buffer.concat([Buffer.from(acceptance), closeFrame(1013, 'later')]), () =>
        socket.end(),
      ),
    );
    expect(await firstEnd(met)).toMatchObject({
      event: 'connection_failed',
      error: 'closed with 1013 later',
    });
  });

  it('without a code is 1005, and clean', async () => {
    const met = await meet(({ socket, acceptance }) =>
      socket.end(Buffer.concat([Buffer.from(acceptance), welcome(), frame(CLOSE)])),
    );
    expect(await firstEnd(met)).toMatchObject({ close_code: 1005, was_clean: true });
  });

  for (const [what, sent] of [
    ['its code and reason', closeFrame(4321, 'gr\u00fc\u00df dich \u{1f600}')],
    ['its code, where there is no reason', closeFrame(1012)],
    ['its reason, be it the longest', closeFrame(1012, 'r'.repeat(123))],
    ['an empty frame, where there is no code', frame(CLOSE)],
  ] as const) {
    it(`from the server is answered with ${what}`, async () => {
      expect(await answerTo(sent, CLOSE)).toEqual(sent.subarray(2));
    });
  }

  for (const [what, code, reason, name] of [
    ['1001', 1001, '', 'InvalidAccessError'],
    ['a code below 3000', 2999, 'x'.repeat(124), 'InvalidAccessError'],
    ['a code above 4999', 5000, '', 'InvalidAccessError'],
    ['124 bytes of reason', 4001, `${'\u00fc'.repeat(61)}xx`, 'SyntaxError'],
  ] as const) {
    it(`by the page with ${what} throws, and leaves the connection as it was`, async () => {
      const { tab, clientLog, serverLog } = await startConnected();
      const illegal = () => tab.close(code, reason);
      expect(thrownBy(illegal)).toBeInstanceOf(DOMException);
      expect(thrownBy(illegal)).toMatchObject({ name });
      tab.close(4001, 'bye');
      expect(thrownBy(illegal)).toMatchObject({ name });
      expect(await serverLog.next('connection_closed')).toMatchObject({
        close_code: 4001,
        close_reason: 'bye',
      });
      expect(await clientLog.next('connection_closed')).toMatchObject({ was_clean: true });
    });
  }

  for (const [what, hinder] of [
    ['answers nothing', () => {}],
    ['is cut off', (tab) => tab.cut('silent')],
    ['is an hour away', (tab) => tab.setLatency({ delayMs: 3_600_000, jitterMs: 0 })],
  ] as [string, (tab: Met['tab']) => void][]) {
    it(`before the connection opened fails it at once where the server ${what}`, async () => {
      let serve: () => void = () => {};
      const served = new Promise<void>((resolve) => {
        serve = resolve;
      });
      const met = await meet(serve, { connectTimeoutMs: 60_000 });
      await served;
      hinder(met.tab);
      expect(thrownBy(() => met.tab.close(1001, ''))).toMatchObject({ name: 'InvalidAccessError' });
      met.tab.close(4001, 'bye');
      met.tab.close(4002, 'bye again');
      expect(met.log.of('connection_failed')).toEqual([]);
      expect(await met.log.next('connection_failed')).toMatchObject({
        connection_sequence: 1,
        error: 'closed before it opened',
        http_status: null,
      });
    });
  }

  it('whose TCP connection the server never ends is over all the same', async () => {
    const met = await meet(({ socket, acceptance }) =>
      socket.write(Buffer.concat([Buffer.from(acceptance), welcome(), closeFrame(1001)])),
    );
    expect(await firstEnd(met, 2)).toMatchObject({ close_code: 1001, was_clean: true });
  });

  it('behind which more comes is what it was', async () => {
    const met = await meet(({ socket, acceptance }) => {
      socket.write(Buffer.concat([Buffer.from(acceptance), welcome(), closeFrame(1012, 'bye')]));
      setImmediate(() => socket.write(frame(3, 'junk')));
    });
    expect(await firstEnd(met, 2)).toMatchObject({
      close_code: 1012,
      close_reason: 'bye',
      was_clean: true,
    });
  });

  it('that the server never answers is 1006, and not clean', async () => {
    const met = await meet(({ socket, acceptance }) =>
      socket.write(Buffer.concat([Buffer.from(acceptance), welcome()])),
    );
    await met.log.next('connection_opened', { connection_sequence: 1 });
    met.tab.close(4001, 'bye');
    const closed = await met.log.next('connection_closed', { connection_sequence: 1 });
    expect(closed).toMatchObject({ close_code: 1006, close_reason: '', was_clean: false });
    await met.log.next('connection_opened', { connection_sequence: 2 });
    expect(met.log.of('connection_closed')).toHaveLength(1);
  });

  for (const [what, close] of [
    ['by the page, which then goes', (tab) => tab.close(4001, 'bye')],
    ['by a page that goes', () => {}],
  ] as [string, (tab: Met['tab']) => void][]) {
    it(`${what}, leaves the server no socket, answer or not`, async () => {
      const met = await meet(({ socket, acceptance }) =>
        socket.write(Buffer.concat([Buffer.from(acceptance), welcome()])),
      );
      await met.log.next('connection_opened');
      close(met.tab);
      met.tab.closeTab();
      await closedAll(met);
      expect(met.log.of('connection_closed')).toEqual([]);
      expect(met.log.of('document_unloaded')).toHaveLength(1);
    });
  }
});

describe('tabs', () => {
  it('that are opened as copies while the browser is offline dial when it is online', async () => {
    const { browser, tab, clientLog } = await startConnected();
    tab.setOnline(false);
    tab.duplicate();
    const [, copy] = browser.tabs;
    expect(copy?.connectionSequence).toBeNull();
    tab.setOnline(true);
    await clientLog.next('connection_opened', { session_id: copy?.sessionId ?? '' });
    expect(copy?.connected).toBe(true);
  });

  it('that went offline themselves are not online with the one they were copied from', async () => {
    const { browser, tab, clientLog } = await startConnected();
    tab.setOnline(false);
    tab.duplicate();
    const [, copy] = browser.tabs;
    copy?.setOnline(false);
    tab.setOnline(true);
    await clientLog.next('connection_opened', { connection_sequence: 2 });
    expect(copy?.connectionSequence).toBeNull();
  });

  itThoroughly(
    'beyond 20,000 dial from another address, and each from the same one always',
    async () => {
      const from: (string | undefined)[] = [];
      const { url } = await startHostile(({ socket }) => {
        from.push(socket.remoteAddress);
        socket.end();
      });
      const { browser, log } = startBrowser(url, {
        backoff: { policy: 'fixed', baseMs: 60_000, maxMs: 60_000 },
      });
      const first = browser.open('tab-1');
      for (let number = 2; number <= 20_000; number++) browser.open(`tab-${number}`);
      const last = browser.open('tab-20001');
      for (const tab of [first, last]) {
        tab.load();
        await log.next('connection_failed', { session_id: tab.sessionId ?? '' });
        tab.reload();
        const session_id = tab.sessionId ?? '';
        await log.next('connection_failed', { session_id, connection_sequence: 2 });
      }
      expect(from).toEqual(['127.0.0.1', '127.0.0.1', '127.0.0.2', '127.0.0.2']);
    },
  );

  it('of several processes, those beyond 20,000 of all dial from another address', async () => {
    const from: (string | undefined)[] = [];
    const { url } = await startHostile(({ socket }) => {
      from.push(socket.remoteAddress);
      socket.end();
    });
    const backoff = { policy: 'fixed', baseMs: 60_000, maxMs: 60_000 } as const;
    const { browser, log } = startBrowser(url, { backoff }, 'node', undefined, 200);
    const tabs = Array.from({ length: 101 }, (_, index) => browser.open(`tab-${index + 1}`));
    for (const tab of [tabs[99], tabs[100]]) {
      tab?.load();
      await log.next('connection_failed', { session_id: tab?.sessionId ?? '' });
    }
    expect(from).toEqual(['127.0.0.1', '127.0.0.2']);
  });
});

/** Every socket of the client is closed, as it and the server see it. */
async function closedAll({ sockets, browser }: Pick<Met, 'sockets' | 'browser'>) {
  await Promise.all(
    [...sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve))),
  );
  // What the server has closed, the client closes next.
  while (browser.openSockets > 0) await new Promise((resolve) => setImmediate(resolve));
}
