import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type net from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import type { RunningProxy } from '../../src/proxy/index.ts';
import { reset } from '../../src/proxy/sockets.ts';
import { freePort } from '../support/cli.ts';
import { firstOf, isThorough } from '../support/thorough.ts';
import {
  Client,
  connect,
  dial,
  openSockets,
  SWITCHING,
  startEcho,
  startProxied,
  startTcp,
  UPGRADE,
  withResolvers,
} from './support.ts';

const httpUrl = ({ url }: RunningProxy): string => url.replace('ws', 'http');

describe('bytes', () => {
  it.each([0, 125, 126, 65_535, 65_536, ...(isThorough ? [20_000_000] : [])])(
    'of a message of %i pass',
    async (size) => {
      const { proxy } = await startProxied((await startEcho()).url);
      const { socket } = await connect(proxy.url);
      const sent = randomBytes(size);
      const got = new Promise<Buffer>((resolve) => socket.once('message', resolve));
      socket.send(sent);
      expect((await got).equals(sent)).toBe(true);
    },
  );

  it('pass as they are, whatever they are, behind 101', async () => {
    const received: Buffer[] = [];
    const sent = randomBytes(300_000);
    const hints = 'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n';
    const response = Buffer.concat([Buffer.from(`${hints}${SWITCHING}`), sent]);
    const url = await startTcp((socket) => {
      socket.on('data', (chunk) => received.push(chunk)).on('end', () => socket.end());
      socket.write(response);
    });
    const { proxy } = await startProxied(url);
    const client = await dial(proxy.url);
    const got: Buffer[] = [];
    client.on('data', (chunk) => got.push(chunk));
    const request = Buffer.concat([Buffer.from(UPGRADE), sent]);
    client.end(request);
    await new Promise((resolve) => client.once('end', resolve));
    expect(Buffer.concat(got).equals(response)).toBe(true);
    expect(Buffer.concat(received).equals(request)).toBe(true);
  });

  it('may be compressed, which the hello is read through', async () => {
    const echo = await startEcho({ perMessageDeflate: true });
    const { proxy, stopped } = await startProxied(echo.url);
    const client = await connect(proxy.url, { perMessageDeflate: true });
    expect(client.socket.extensions).toBe('permessage-deflate');
    const hello = '{"type":"hello","version":1,"session_id":"s","connection_sequence":7}';
    // So long that it is worth it.
    const padded = `${hello}${' '.repeat(2000)}`;
    expect(await client.echo(padded)).toBe(padded);
    expect(await stopped()).toMatchObject([
      { event: 'connection_opened', session_id: 's', connection_sequence: 7 },
      { event: 'connection_closed', session_id: 's', connection_sequence: 7 },
    ]);
  });
});

describe('backpressure', () => {
  /** Far more than buffers on the way hold. */
  const MUCH = Buffer.alloc(64_000_000);

  /** `passed` resolves once all has left the writer. */
  async function writeMuch(writer: net.Socket, proxy: RunningProxy) {
    let isPassed = false;
    const passed = new Promise<void>((resolve) => {
      writer.write(MUCH, () => {
        isPassed = true;
        resolve();
      });
    });
    // Others aren't held up, and time goes by.
    for (let times = 0; times < 20; times += 1) {
      expect((await fetch(httpUrl(proxy))).status).toBe(200);
    }
    expect(isPassed).toBe(false);
    return { passed };
  }

  /** A server that answers requests, and both ends of a WebSocket through the proxy. */
  async function startBoth() {
    const upgraded = withResolvers<net.Socket>();
    const url = await startTcp((socket) => {
      socket.once('data', (head) => {
        if (`${head}`.includes('Upgrade')) {
          socket.write(SWITCHING);
          upgraded.resolve(socket);
        } else {
          socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
        }
      });
    });
    const { proxy } = await startProxied(url);
    const client = await dial(proxy.url);
    client.write(UPGRADE);
    await new Promise((resolve) => client.once('readable', resolve));
    return { proxy, client, server: await upgraded.promise };
  }

  it('of a client that reads nothing holds the server back', async () => {
    const { proxy, client, server } = await startBoth();
    const { passed } = await writeMuch(server, proxy);
    client.resume();
    await passed;
  });

  it('of a server that reads nothing holds the client back', async () => {
    const { proxy, client, server } = await startBoth();
    server.pause();
    const { passed } = await writeMuch(client, proxy);
    server.resume();
    await passed;
  });

  it.each(firstOf('held', 'late'))('of frames that are %s holds the client back', async (how) => {
    const { proxy, client, server } = await startBoth();
    server.resume();
    if (how === 'held') await proxy.drop({ how: 'silent' });
    else await proxy.latency({ delayMs: 60_000 });
    const { passed } = await writeMuch(client, proxy);
    await proxy.heal();
    if (how === 'held') await passed;
  });
});

describe('sockets', () => {
  it('are all closed when many connections came and went, each in its way', async () => {
    const before = openSockets();
    const echo = await startEcho();
    const { proxy } = await startProxied(echo.url);
    const tcp = ({ socket }: Client) => (socket as unknown as { _socket: net.Socket })._socket;
    const ends: ((client: Client) => unknown)[] = [
      ({ socket }) => socket.close(1000),
      ({ socket }) => socket.terminate(),
      (client) => tcp(client).resetAndDestroy(),
      (client) => tcp(client).end(),
      ({ socket }) => socket.send('x'.repeat(100_000), () => socket.terminate()),
    ];
    const clients = await Promise.all(Array.from({ length: 200 }, () => connect(proxy.url)));
    expect(proxy.sessions()).toHaveLength(200);
    for (const [index, client] of clients.entries()) ends[index % ends.length]?.(client);
    await expect.poll(() => proxy.sessions(), POLL).toEqual([]);
    await expect.poll(openSockets, POLL).toBeLessThanOrEqual(before);
    expect(echo.sockets.size).toBe(0);
  });

  it('are closed by an RST that overtakes a FIN', async () => {
    const socket = await dial(await startTcp(() => {}));
    socket.end();
    const closed = new Promise((resolve) => socket.once('close', resolve));
    reset(socket);
    await closed;
  });

  it('are all closed when it stops, with clients in any state', async () => {
    const before = openSockets();
    const toSilent = await startProxied(await startTcp(() => {}));
    const toEcho = await startProxied((await startEcho()).url);
    await Promise.all(Array.from({ length: 20 }, () => connect(toEcho.proxy.url)));
    await toEcho.proxy.drop({ how: 'silent', share: 0.5 });
    await toEcho.proxy.stall();
    const bare: net.Socket[] = [];
    for (const { proxy } of [toEcho, toSilent]) {
      for (const sent of [UPGRADE, 'GET / HT', '']) {
        const socket = await dial(proxy.url);
        bare.push(socket.resume());
        socket.write(sent);
      }
    }
    await expect.poll(() => toEcho.proxy.sessions(), POLL).toHaveLength(21);
    await Promise.all([toEcho.stopped(), toSilent.stopped()]);
    for (const socket of bare) socket.destroy();
    // What the server that does nothing keeps half-open is its own.
    await expect.poll(openSockets, POLL).toBeLessThanOrEqual(before + 1);
  });
});

describe('a proxy that is stopped twice', () => {
  it('ends its logs once', async () => {
    const { proxy, lines } = await startProxied('ws://127.0.0.1:1', { control: 0 });
    await Promise.all([proxy.stop(), proxy.stop()]);
    await proxy.stop();
    expect(lines().map(({ event }) => event)).toEqual(['server_started', 'server_stopped']);
  });
});

/** Room for a machine that is busy with something else. */
const POLL = { timeout: 30_000 };

describe('plain HTTP', () => {
  async function startHttp() {
    const server = http.createServer((request, response) => {
      const { url = '' } = request;
      response.writeHead(url.startsWith('/missing') ? 404 : 200, { 'X-Url': url });
      request.pipe(response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // As it would be without a listener of its own, but with its status.
    server.on('upgrade', (request, socket) => {
      const status = request.url?.startsWith('/missing') ? '404 Not Found' : '400 Bad Request';
      socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`);
    });
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it('is answered by the upstream, with bodies, and is not logged', async () => {
    const { proxy, stopped } = await startProxied(await startHttp());
    const body = randomBytes(3_000_000);
    const echoed = await fetch(`${httpUrl(proxy)}/echo?x=1`, { method: 'POST', body });
    expect(echoed.headers.get('x-url')).toBe('/echo?x=1');
    expect(Buffer.from(await echoed.arrayBuffer()).equals(body)).toBe(true);
    expect((await fetch(`${httpUrl(proxy)}/missing`)).status).toBe(404);
    expect(proxy.sessions()).toEqual([]);
    expect(await stopped()).toEqual([]);
  });

  it('that refuses an upgrade is a rejected handshake', async () => {
    const { proxy, stopped } = await startProxied(await startHttp());
    const client = new Client(`${proxy.url}/missing?session_id=s&connection_sequence=4`);
    await client.closed;
    expect(client.error?.message).toContain('404');
    expect(await stopped()).toMatchObject([
      {
        event: 'handshake_rejected',
        reason: 'refused-by-upstream',
        http_status: 404,
        close_code: null,
        session_id: 's',
        connection_sequence: 4,
      },
    ]);
  });

  it.each([
    ['a head without an end', `GET / HTTP/1.1\r\nX: ${'x'.repeat(40_000)}`],
    ['no HTTP', '\x16\x03\x01'.repeat(20_000)],
  ])('that is %s is ended', async (_, bytes) => {
    const { proxy } = await startProxied(await startHttp());
    const client = await dial(proxy.url);
    client.end(bytes);
    const [chunk] = await client.toArray();
    expect(`${chunk}`).toContain('HTTP/1.1 431');
  });
});

describe('an upstream', () => {
  it('that is down is answered 502, and found when it is back', async () => {
    const port = await freePort();
    const { proxy, stopped } = await startProxied(`ws://127.0.0.1:${port}`);
    const client = new Client(`${proxy.url}/?session_id=s&connection_sequence=1`);
    await client.closed;
    expect(client.error?.message).toContain('502');
    expect((await fetch(httpUrl(proxy))).status).toBe(502);
    const back = new WebSocketServer({ host: '127.0.0.1', port });
    onTestFinished(() => back.close());
    await new Promise((resolve) => back.once('listening', resolve));
    const { socket } = await connect(proxy.url);
    socket.terminate();
    expect(await stopped()).toMatchObject([
      {
        event: 'handshake_rejected',
        reason: 'upstream-unreachable: ECONNREFUSED',
        http_status: 502,
        session_id: 's',
      },
      { event: 'handshake_rejected', reason: 'hello-missing' },
    ]);
  });

  it('is asked over TLS, and its certificate looked at', async () => {
    const { key, cert } = certificate();
    const server = https.createServer({ key, cert });
    new WebSocketServer({ server }).on('connection', (socket) => {
      socket.on('message', (data) => socket.send(`${data}`));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const url = `wss://localhost:${(server.address() as AddressInfo).port}`;
    const { proxy } = await startProxied(url, { ca: cert });
    const client = await connect(proxy.url);
    expect(await client.echo('over TLS')).toBe('over TLS');
    await proxy.drop({ how: 'rst' });
    expect(await client.closed).toEqual({ code: 1006, reason: '' });

    const { proxy: distrustful } = await startProxied(url);
    const refused = new Client(distrustful.url);
    await refused.closed;
    expect(refused.error?.message).toContain('502');
  });

  it.each([
    ['nonsense', 'is no ws:// or wss:// URL; write ws://host:port'],
    ['ftp://127.0.0.1', 'is no ws:// or wss:// URL; write ws://host:port'],
    ['ws://127.0.0.1:8000/socket', 'has a path; write ws://127.0.0.1:8000, for'],
  ])('%s is refused with what to write', async (upstream, problem) => {
    await expect(startProxied(upstream)).rejects.toThrow(problem);
  });
});

/** Of localhost, for a hundred years. */
function certificate(): { key: Buffer; cert: Buffer } {
  const file = (name: string) => fs.readFileSync(new URL(`tls/${name}.pem`, import.meta.url));
  return { key: file('key'), cert: file('cert') };
}
