import { once } from 'node:events';
import net from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { isThorough } from '../support/thorough.ts';
import {
  connect,
  dial,
  helloQuery,
  helloText,
  openSockets,
  SESSION,
  SWITCHING,
  startEcho,
  startProxied,
  startTcp,
  UPGRADE,
  welcomeText,
  withResolvers,
} from './support.ts';

/** Room for a machine that is busy with something else. */
const POLL = { timeout: 30_000 };

const REQUEST = UPGRADE.replace('GET /', `GET ${helloQuery()}`);

/** A frame of text, as a client sends it, with a mask of zeroes. */
const masked = (text: string): Buffer =>
  Buffer.concat([
    Buffer.from([0x81, 0x80 | 126, text.length >> 8, text.length, 0, 0, 0, 0]),
    Buffer.from(text),
  ]);

/** All bytes that come, and how they end. */
function gather(socket: net.Socket) {
  const pieces: Buffer[] = [];
  const seen = { end: '' };
  socket
    .on('data', (chunk) => pieces.push(chunk))
    .once('end', () => {
      seen.end ||= 'FIN';
    })
    .once('error', (error: NodeJS.ErrnoException) => {
      seen.end ||= `${error.code}`;
    });
  return { bytes: () => Buffer.concat(pieces), end: () => seen.end };
}

/** Byte by byte, each in a packet of its own as far as TCP lets it. */
async function trickle(socket: net.Socket, bytes: string | Buffer) {
  socket.setNoDelay(true);
  for (const byte of Buffer.from(bytes)) {
    await new Promise((resolve) => socket.write(Buffer.from([byte]), resolve));
  }
}

afterEach(() => void vi.useRealTimers());

describe('heads', () => {
  it('may come byte by byte, on both sides', async () => {
    const welcome = welcomeText('theirs');
    const answer = Buffer.concat([
      Buffer.from(SWITCHING),
      Buffer.from([0x81, welcome.length]),
      Buffer.from(welcome),
    ]);
    const url = await startTcp((socket) => socket.once('data', () => void trickle(socket, answer)));
    const { proxy, stopped } = await startProxied(url);
    const client = await dial(proxy.url);
    const got = gather(client);
    await trickle(client, Buffer.concat([Buffer.from(UPGRADE), masked(helloText(3))]));
    await expect.poll(() => got.bytes().equals(answer), POLL).toBe(true);
    await expect.poll(() => proxy.sessions()[0]?.state, POLL).toBe('open');
    expect((await stopped())[0]).toMatchObject({ client_id: 'theirs', connection_sequence: 3 });
  });

  it('that never end are ended after a minute, however slowly bytes come', async () => {
    const { proxy } = await startProxied(await startTcp(() => {}));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const client = await dial(proxy.url);
    const ended = once(client.resume(), 'end');
    for (let seconds = 0; seconds < 60; seconds += 20) {
      await trickle(client, 'GET');
      await new Promise((resolve) => setImmediate(resolve));
      vi.advanceTimersByTime(20_000);
    }
    await ended;
  });

  it('may have frames behind them, which are of no use where they are refused', async () => {
    const came: net.Socket[] = [];
    const { proxy } = await startProxied(await startTcp((socket) => came.push(socket)));
    await proxy.refuse({ status: 503 });
    const client = await dial(proxy.url);
    const got = gather(client);
    client.write(Buffer.concat([Buffer.from(UPGRADE), masked('x'.repeat(60_000))]));
    await expect.poll(got.end, POLL).toBe('FIN');
    expect(`${got.bytes()}`).toContain('HTTP/1.1 503');
    expect(came).toEqual([]);
  });
});

describe('an upstream', () => {
  it.each([
    ['garbage', 'no HTTP\r\n\r\nat all'],
    ['garbage without an end', 'x'.repeat(40_000)],
    ['a head that breaks off', 'HTTP/1.1 101 Switch'],
  ])('that answers %s and ends is passed on as it is', async (_, answer) => {
    const url = await startTcp((socket) => socket.once('data', () => socket.end(answer)));
    const { proxy, stopped } = await startProxied(url);
    const client = await dial(proxy.url);
    const got = gather(client);
    client.write(REQUEST);
    await expect.poll(got.end, POLL).toBe('FIN');
    expect(`${got.bytes()}`).toBe(answer);
    client.end();
    await expect.poll(() => proxy.sessions(), POLL).toEqual([]);
    expect(await stopped()).toMatchObject([
      {
        event: 'handshake_rejected',
        reason: expect.stringMatching(/^upstream-(answer-unreadable|closed)$/),
        session_id: SESSION,
      },
    ]);
  });

  it.each([
    ['FIN', 'FIN'],
    ['RST', 'ECONNRESET'],
  ])('that ends in the middle of a frame with a %s does so to the client', async (how, seen) => {
    const half = Buffer.from([0x82, 126, 0x10, 0, 1, 2, 3]);
    const upgraded = withResolvers<net.Socket>();
    const url = await startTcp((socket) =>
      socket.once('data', () => {
        socket.write(Buffer.concat([Buffer.from(SWITCHING), half]));
        upgraded.resolve(socket);
      }),
    );
    const { proxy, stopped } = await startProxied(url);
    const client = await dial(proxy.url);
    const got = gather(client);
    client.write(REQUEST);
    await expect.poll(() => got.bytes().length, POLL).toBe(SWITCHING.length + half.length);
    const server = await upgraded.promise;
    if (how === 'FIN') server.end();
    else server.resetAndDestroy();
    await expect.poll(got.end, POLL).toBe(seen);
    client.end();
    await expect.poll(() => proxy.sessions(), POLL).toEqual([]);
    expect((await stopped()).at(-1)).toMatchObject({
      event: 'connection_closed',
      close_code: 1006,
      closed_by: 'server',
    });
  });
});

describe('a socket that is half-closed', () => {
  const MUCH = Buffer.alloc(3_000_000, 'x');

  it.each(['client', 'server'] as const)(
    'by the %s still gets all that the other sends',
    async (by) => {
      const upgraded = withResolvers<net.Socket>();
      const url = await startTcp((socket) =>
        socket.once('data', () => {
          socket.write(SWITCHING);
          upgraded.resolve(socket);
        }),
      );
      const { proxy } = await startProxied(url);
      const client = await dial(proxy.url);
      client.write(UPGRADE);
      const server = await upgraded.promise;
      await once(client, 'data');
      const [ending, sending] = by === 'client' ? [client, server] : [server, client];
      const [got, heard] = [gather(ending), gather(sending)];
      ending.end();
      await expect.poll(heard.end, POLL).toBe('FIN');
      sending.end(MUCH);
      await expect.poll(got.end, POLL).toBe('FIN');
      expect(got.bytes().length).toBe(MUCH.length);
    },
  );
});

describe('thousands of connections that come and go', () => {
  const NUMBER = isThorough ? 10_000 : 200;
  const LANES = 20;

  it('leave neither sockets nor memory', async () => {
    const before = openSockets();
    const url = await startTcp((socket) => {
      socket.on('end', () => socket.destroy()).once('data', () => socket.write(SWITCHING));
    });
    const { proxy } = await startProxied(url);
    const comeAndGo = async (number: number) => {
      for (let done = 0; done < number; done += 1) {
        const client = net.connect({ host: '127.0.0.1', port: proxy.port }).on('error', () => {});
        client.write(done % 4 === 0 ? 'GET / HT' : UPGRADE);
        if (done % 4 > 1) await once(client, 'data');
        if (done % 2 === 0) client.resetAndDestroy();
        else client.destroy();
        await once(client, 'close');
      }
    };
    const many = () =>
      Promise.all(Array.from({ length: LANES }, () => comeAndGo(NUMBER / LANES / 2)));
    await many();
    const heap = heapBytes();
    await many();
    await expect.poll(openSockets, POLL).toBeLessThanOrEqual(before);
    if (isThorough) expect(heapBytes() - heap).toBeLessThan(1_000_000);
  });

  function heapBytes(): number {
    setFlagsFromString('--expose-gc');
    runInNewContext('gc')();
    return process.memoryUsage().heapUsed;
  }
});

describe('a proxy that stops', () => {
  it('ends requests of its control that are under way', async () => {
    const { proxy } = await startProxied((await startEcho()).url, { control: 0 });
    await connect(proxy.url);
    const control = await dial(`${proxy.controlUrl}`);
    const got = gather(control);
    control.write('POST /drop HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 40\r\n\r\n{"how"');
    // It is being read once a later request is answered.
    await fetch(`${proxy.controlUrl}/sessions`);
    await proxy.stop();
    await expect.poll(got.end, POLL).not.toBe('');
    expect(`${got.bytes()}`).toBe('');
  });

  it('hits nobody any more, and has nothing to heal', async () => {
    const { proxy } = await startProxied((await startEcho()).url);
    const client = await connect(proxy.url);
    const stopped = proxy.stop();
    expect(await proxy.drop()).toEqual({ connections: 0 });
    expect(await proxy.stall({ forMs: 5 })).toEqual({ connections: 0 });
    await stopped;
    await proxy.heal();
    expect(proxy.sessions()).toEqual([]);
    expect(await client.closed).toMatchObject({ code: 1006 });
  });
});
