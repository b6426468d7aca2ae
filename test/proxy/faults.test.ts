import type net from 'node:net';
import { describe, expect, it } from 'vitest';
import type { ProxyOptions } from '../../src/proxy/index.ts';
import {
  Client,
  connect,
  dial,
  helloQuery,
  helloText,
  SESSION,
  SWITCHING,
  startEcho,
  startProxied,
  startTcp,
  UPGRADE,
  withResolvers,
} from './support.ts';

const OTHER = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
/** Room for a machine that is busy with something else. */
const POLL = { timeout: 30_000 };

/** An echo server behind a proxy. */
async function startPair(options: Partial<ProxyOptions> = {}) {
  const echo = await startEcho();
  return { echo, ...(await startProxied(echo.url, options)) };
}

describe('drop', () => {
  it.each(['fin', 'rst'] as const)('with a %s is 1006 on both sides', async (how) => {
    const { proxy, echo, stopped, faultLines } = await startPair();
    const client = await connect(`${proxy.url}${helloQuery(3)}`);
    expect(await client.echo('x')).toBe('x');
    expect(await proxy.drop({ how })).toEqual({ connections: 1 });
    expect(await client.closed).toEqual({ code: 1006, reason: '' });
    await expect.poll(() => echo.closes, POLL).toEqual([{ code: 1006, reason: '' }]);
    expect(proxy.sessions()).toEqual([]);
    expect(await stopped()).toMatchObject([
      { event: 'connection_opened', session_id: SESSION, connection_sequence: 3 },
      {
        event: 'connection_closed',
        close_code: 1006,
        was_clean: false,
        closed_by: 'network',
        fault: 'drop',
      },
    ]);
    expect(faultLines()).toMatchObject([
      { event: 'faults_started' },
      {
        event: 'fault_injected',
        fault: 'drop',
        occurrence: 1,
        session_id: SESSION,
        connection_sequence: 3,
        client_close_code: 1006,
        server_close_code: 1006,
        half_open: false,
      },
      { event: 'faults_stopped', lines: 2 },
    ]);
  });

  it('with an RST is an RST to both', async () => {
    const seen: (string | undefined)[] = [];
    const url = await startTcp((socket) => {
      socket.on('error', (error: NodeJS.ErrnoException) => seen.push(error.code));
      socket.write(SWITCHING);
      socket.resume();
    });
    const { proxy } = await startProxied(url);
    const client = await dial(proxy.url);
    client.on('error', (error: NodeJS.ErrnoException) => seen.push(error.code)).write(UPGRADE);
    await new Promise((resolve) => client.once('data', resolve));
    await proxy.drop({ how: 'rst' });
    await expect.poll(() => seen, POLL).toEqual(['ECONNRESET', 'ECONNRESET']);
  });

  it('in silence lets nothing pass, and both sides live on, until it is healed', async () => {
    const { proxy, echo } = await startPair();
    const client = await connect(`${proxy.url}${helloQuery()}`);
    const other = await connect(`${proxy.url}${helloQuery(1, OTHER)}`);
    await proxy.drop({ how: 'silent', session: SESSION });
    const states = proxy.sessions().map(({ state }) => state);
    expect(states.sort()).toEqual(['handshake', 'silent']);
    const answer = client.next();
    client.socket.send('into silence');
    expect(await other.echo('heard')).toBe('heard');
    expect(await Promise.race([answer, other.echo('again')])).toBe('again');
    expect(echo.closes).toEqual([]);
    await proxy.heal();
    expect(await answer).toBe('into silence');
  });

  it('in silence is over for the log when the server gives up; the client knows nothing', async () => {
    const { proxy, echo, lines } = await startPair();
    const client = await connect(`${proxy.url}${helloQuery()}`);
    await client.echo('x');
    await proxy.drop({ how: 'silent' });
    for (const socket of echo.sockets) socket.terminate();
    await expect
      .poll(() => lines().at(-1), POLL)
      .toMatchObject({ event: 'connection_closed', close_code: 1006, closed_by: 'server' });
    expect(client.socket.readyState).toBe(client.socket.OPEN);
    client.socket.terminate();
    await client.closed;
  });

  it('that lasts drops who comes later, as soon as it is known', async () => {
    const { proxy, stopped, faultLines } = await startPair();
    expect(await proxy.drop({ lasting: true, session: SESSION })).toEqual({ connections: 0 });
    const client = await connect(proxy.url);
    const other = await connect(proxy.url);
    client.socket.send(helloText());
    expect(await client.closed).toMatchObject({ code: 1006 });
    expect(await other.echo(helloText(1, OTHER))).toBe(helloText(1, OTHER));
    await proxy.heal();
    const later = await connect(`${proxy.url}${helloQuery(2)}`);
    expect(await later.echo('x')).toBe('x');
    await stopped();
    expect(faultLines().at(-2)).toMatchObject({
      event: 'fault_ended',
      fault: 'drop',
      occurrence: 1,
    });
  });

  it('of a share drops exactly that, and the same with the same seed', async () => {
    const survivors = async (seed: number) => {
      const { proxy } = await startPair({ seed });
      for (let number = 1; number <= 20; number += 1) {
        await connect(`${proxy.url}${helloQuery(number)}`);
      }
      expect(await proxy.drop({ share: 0.4 })).toEqual({ connections: 8 });
      await expect.poll(() => proxy.sessions(), POLL).toHaveLength(12);
      return proxy.sessions().map(({ connection_sequence }) => connection_sequence);
    };
    const first = await survivors(7);
    expect(await survivors(7)).toEqual(first);
    expect(await survivors(8)).not.toEqual(first);
  });
});

describe('whom a fault hits', () => {
  const connectMany = async (url: string, from: number, to: number) => {
    const numbers = Array.from({ length: to - from + 1 }, (_, index) => from + index);
    return Promise.all(numbers.map((number) => connect(`${url}${helloQuery(number)}`)));
  };

  it('is a number of those that are there, drawn by the seed', async () => {
    const { proxy } = await startPair();
    await connectMany(proxy.url, 1, 5);
    expect(await proxy.drop({ count: 3 })).toEqual({ connections: 3 });
    expect(await proxy.drop({ count: 3 })).toEqual({ connections: 2 });
  });

  it('is at least one of a share', async () => {
    const { proxy } = await startPair();
    await connectMany(proxy.url, 1, 2);
    expect(await proxy.drop({ share: 0.01 })).toEqual({ connections: 1 });
    expect(await proxy.drop({ share: 0 })).toEqual({ connections: 0 });
  });

  it('is made up by later ones where too few of a number are there and it lasts', async () => {
    const { proxy } = await startPair();
    const [early] = await connectMany(proxy.url, 1, 1);
    expect(await proxy.drop({ count: 2, lasting: true })).toEqual({ connections: 1 });
    expect(await early?.closed).toMatchObject({ code: 1006 });
    const second = new Client(`${proxy.url}${helloQuery(2)}`);
    expect(await second.closed).toMatchObject({ code: 1006 });
    const third = await connect(`${proxy.url}${helloQuery(3)}`);
    expect(await third.echo('x')).toBe('x');
  });

  it('is nobody who is silent already, but to be dropped for good', async () => {
    const { proxy } = await startPair();
    await connectMany(proxy.url, 1, 2);
    expect(await proxy.drop({ how: 'silent', count: 1 })).toEqual({ connections: 1 });
    expect(await proxy.drop({ how: 'silent' })).toEqual({ connections: 1 });
    expect(await proxy.close()).toEqual({ connections: 0 });
    expect(await proxy.drop({ how: 'fin' })).toEqual({ connections: 2 });
  });

  it('is later ones alone where that is said', async () => {
    const { proxy } = await startPair();
    const early = await connect(proxy.url);
    expect(await proxy.close({ code: 4000, lasting: 'later' })).toEqual({ connections: 0 });
    const late = new Client(proxy.url);
    expect(await late.closed).toMatchObject({ code: 4000 });
    // By its hello it is known as one that was there before.
    expect(await early.echo(helloText())).toBe(helloText());
  });
});

describe('close', () => {
  it('is a close frame to both sides, with its code and reason', async () => {
    const { proxy, echo, stopped } = await startPair();
    const client = await connect(`${proxy.url}${helloQuery()}`);
    await client.echo('x');
    await proxy.close({ code: 1013, reason: 'später' });
    expect(await client.closed).toEqual({ code: 1013, reason: 'später' });
    await expect.poll(() => echo.closes, POLL).toEqual([{ code: 1013, reason: 'später' }]);
    await expect.poll(() => proxy.sessions(), POLL).toEqual([]);
    expect((await stopped()).at(-1)).toMatchObject({
      event: 'connection_closed',
      close_code: 1013,
      close_reason: 'später',
      was_clean: true,
      closed_by: 'server',
      fault: 'close',
    });
  });

  it('waits for the end of the frame under way', async () => {
    const upgraded = withResolvers<net.Socket>();
    const url = await startTcp((socket) => {
      socket.once('data', () => {
        socket.write(SWITCHING);
        socket.write(Buffer.from([0x81, 5, ...Buffer.from('he')]));
        upgraded.resolve(socket);
      });
    });
    const { proxy } = await startProxied(url);
    const client = await dial(proxy.url);
    const got: Buffer[] = [];
    client.on('data', (chunk) => got.push(chunk)).write(UPGRADE);
    const came = () => Buffer.concat(got).subarray(SWITCHING.length).toString('latin1');
    await expect.poll(came, POLL).toBe('\x81\x05he');
    await proxy.close({ code: 4000, reason: 'x' });
    (await upgraded.promise).write(Buffer.from([...Buffer.from('llo'), 0x81, 1, 0x21]));
    await expect.poll(came, POLL).toBe('\x81\x05hello\x88\x03\x0f\xa0x');
  });

  it('that nobody answers ends all the same', async () => {
    const url = await startTcp((socket) => {
      socket.once('data', () => socket.write(SWITCHING));
    });
    const { proxy, stopped } = await startProxied(url);
    const client = await dial(proxy.url);
    client.write(UPGRADE.replace('GET /', `GET ${helloQuery()}`));
    await new Promise((resolve) => client.once('data', resolve));
    await proxy.close();
    await new Promise((resolve) => client.once('end', resolve));
    client.destroy();
    await expect.poll(() => proxy.sessions(), POLL).toEqual([]);
    expect((await stopped()).at(-1)).toMatchObject({ close_code: 1006, closed_by: 'server' });
  });

  it('that lasts closes who comes later when it opens', async () => {
    const { proxy, stopped } = await startPair();
    await proxy.close({ code: 4001, lasting: true });
    const client = new Client(proxy.url);
    expect(await client.closed).toEqual({ code: 4001, reason: '' });
    expect(await stopped()).toMatchObject([
      { event: 'handshake_rejected', reason: 'fault-injected', close_code: 4001, fault: 'close' },
    ]);
  });
});

describe('latency', () => {
  const timed = async (step: () => Promise<unknown>): Promise<number> => {
    const before = performance.now();
    await step();
    return performance.now() - before;
  };

  it('holds back both ways, in order, until it is healed', async () => {
    const { proxy } = await startPair();
    const client = await connect(proxy.url);
    expect(await proxy.latency({ delayMs: 60, jitterMs: 40 })).toEqual({ connections: 1 });
    const got: string[] = [];
    client.socket.on('message', (data) => got.push(`${data}`));
    const sent = Array.from({ length: 50 }, (_, number) => `${number}`);
    const took = await timed(async () => {
      for (const text of sent) client.socket.send(text);
      await expect.poll(() => got, POLL).toHaveLength(50);
    });
    expect(took).toBeGreaterThanOrEqual(119);
    expect(got).toEqual(sent);
    await proxy.heal();
    await expect.poll(() => timed(() => client.echo('quick')), POLL).toBeLessThan(60);
  });

  it('holds back handshakes that come later, and is told with their names', async () => {
    const { proxy, faultLines } = await startPair();
    await proxy.latency({ delayMs: 50 });
    let client: Client | undefined;
    const took = await timed(async () => {
      client = await connect(proxy.url);
    });
    expect(took).toBeGreaterThanOrEqual(99);
    await client?.echo(helloText(9));
    await expect
      .poll(() => faultLines().at(-1), POLL)
      .toMatchObject({
        fault: 'latency',
        occurrence: 1,
        session_id: SESSION,
        connection_sequence: 9,
        delays_frames: true,
      });
  });

  it('ends by itself, and leaves the earlier one on', async () => {
    const { proxy } = await startPair();
    const client = await connect(proxy.url);
    await proxy.latency({ delayMs: 30 });
    await proxy.latency({ delayMs: 1, forMs: 20 });
    await expect.poll(() => timed(() => client.echo('x')), POLL).toBeGreaterThanOrEqual(59);
  });
});

describe('refuse', () => {
  it('answers with its status and Retry-After, as often as it is asked to', async () => {
    const { proxy, stopped, echo } = await startPair();
    await proxy.refuse({ status: 429, retryAfter: 7, times: 2 });
    for (const number of [1, 2]) {
      const { socket } = new Client(`${proxy.url}${helloQuery(number)}`);
      const answered = new Promise((resolve) =>
        socket.once('unexpected-response', (_, { statusCode, headers }) => {
          resolve([statusCode, headers['retry-after']]);
          socket.terminate();
        }),
      );
      expect(await answered).toEqual([429, '7']);
    }
    const client = await connect(`${proxy.url}${helloQuery(3)}`);
    expect(await client.echo('x')).toBe('x');
    expect(echo.sockets.size).toBe(1);
    expect(await stopped()).toMatchObject([
      ...[1, 2].map((connection_sequence) => ({
        event: 'handshake_rejected',
        reason: 'fault-injected',
        http_status: 429,
        close_code: null,
        session_id: SESSION,
        connection_sequence,
        fault: 'reject_handshakes',
      })),
      { event: 'connection_opened', connection_sequence: 3 },
      { event: 'connection_closed', connection_sequence: 3 },
    ]);
  });

  it('of a share refuses about that, by its seed; open connections stay, and plain HTTP', async () => {
    const { proxy } = await startPair({ seed: 3 });
    const open = await connect(proxy.url);
    await proxy.refuse({ share: 0.5 });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 100 }, () => new Client(proxy.url).opened),
    );
    const opened = outcomes.filter(({ status }) => status === 'fulfilled').length;
    expect(opened).toBeGreaterThan(30);
    expect(opened).toBeLessThan(70);
    expect(await open.echo('x')).toBe('x');
    expect((await fetch(proxy.url.replace('ws', 'http'))).status).toBe(426);
  });
});

describe('stall', () => {
  it('leaves handshakes without an answer until it is healed', async () => {
    const { proxy, echo } = await startPair();
    await proxy.stall();
    const client = new Client(proxy.url);
    await expect.poll(() => proxy.sessions(), POLL).toHaveLength(1);
    expect(echo.sockets.size).toBe(0);
    await proxy.heal();
    await client.opened;
    expect(await client.echo('x')).toBe('x');
  });

  it('may be left by a client that gives up, and that is told', async () => {
    const { proxy, stopped } = await startPair();
    await proxy.stall();
    const client = await dial(proxy.url);
    client.write(UPGRADE);
    await expect.poll(() => proxy.sessions(), POLL).toHaveLength(1);
    client.destroy();
    await expect.poll(() => proxy.sessions(), POLL).toEqual([]);
    expect(await stopped()).toMatchObject([
      {
        event: 'handshake_rejected',
        reason: 'fault-injected',
        http_status: null,
        close_code: null,
        fault: 'stall_handshakes',
      },
    ]);
  });
});

describe('a fault that makes no sense', () => {
  it.each([
    ['drop', { how: 'softly' }, 'drop: how: '],
    ['drop', { share: 2 }, 'drop: share: '],
    ['drop', { share: 0.5, count: 2 }, 'drop: count: "share" and "count" exclude each other'],
    ['drop', { lasting: 'sooner' }, 'drop: lasting: '],
    ['refuse', { count: 2 }, 'refuse: Unrecognized key: "count"'],
    ['drop', { sesion: 'x' }, 'drop: Unrecognized key: "sesion"'],
    ['close', { code: 1006 }, 'close: code: must be a close code that may be sent'],
    ['close', { reason: 'ü'.repeat(62) }, 'close: reason: must be at most 123 bytes'],
    ['latency', {}, 'latency: delayMs: '],
    ['refuse', { status: 200 }, 'refuse: status: '],
    ['stall', { times: 0 }, 'stall: times: '],
  ] as const)('%s %j is refused with what is wrong', async (fault, options, problem) => {
    const { proxy } = await startPair();
    const inject = proxy[fault] as (options: object) => Promise<unknown>;
    await expect(inject(options)).rejects.toThrow(problem);
  });
});
