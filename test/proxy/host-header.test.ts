import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import { Client, connect, dial, SWITCHING, startProxied, startTcp } from './support.ts';

const pem = (name: string) => fs.readFileSync(new URL(`tls/${name}.pem`, import.meta.url));

/** Knows itself by one name alone, and takes pages of its own only. */
async function startStrict(secure: boolean) {
  const names: string[] = [];
  const context = tls.createSecureContext({ key: pem('key'), cert: pem('cert') });
  const server = secure
    ? https.createServer({
        SNICallback: (name, done) => {
          names.push(name);
          done(null, context);
        },
      })
    : http.createServer();
  const isOwn = ({ headers: { host, origin } }: http.IncomingMessage) =>
    host === own() && [undefined, `http${secure ? 's' : ''}://${host}`].includes(origin);
  server.on('request', (request, response) => {
    response.statusCode = isOwn(request) ? 200 : 421;
    response.end(request.headers.connection);
  });
  new WebSocketServer({
    server,
    verifyClient: ({ req }: { req: http.IncomingMessage }) => isOwn(req),
  }).on('connection', (socket) => socket.on('message', (data) => socket.send(`${data}`)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const own = () => `localhost:${(server.address() as AddressInfo).port}`;
  return { url: `${secure ? 'wss' : 'ws'}://${own()}`, names };
}

const statusOf = async (url: string, headers: Record<string, string> = {}) => {
  const client = new Client(url, { headers });
  await client.closed;
  return client.error?.message;
};

describe('the Host', () => {
  it('is the upstream’s where that is asked for, with the Origin of a page behind the proxy', async () => {
    const { url } = await startStrict(false);
    const { proxy } = await startProxied(url, { hostHeader: 'upstream' });
    const page = { origin: `http://127.0.0.1:${proxy.port}` };
    for (const options of [{}, { headers: page }]) {
      expect(await (await connect(proxy.url, options)).echo('x')).toBe('x');
    }
    expect(await statusOf(proxy.url, { origin: 'http://evil.example' })).toContain('401');
    expect(await statusOf(proxy.url, { origin: 'null' })).toContain('401');
  });

  it('is the client’s before ws:// where nothing is said', async () => {
    const { url } = await startStrict(false);
    const { proxy } = await startProxied(url);
    expect(await statusOf(proxy.url)).toContain('401');
  });

  it('is the upstream’s before wss:// where nothing is said, as is SNI', async () => {
    const { url, names } = await startStrict(true);
    const { proxy } = await startProxied(url, { ca: pem('cert') });
    const headers = { origin: `http://127.0.0.1:${proxy.port}` };
    expect(await (await connect(proxy.url, { headers })).echo('x')).toBe('x');
    expect(names).toEqual(['localhost']);
    const { proxy: unchanged } = await startProxied(url, { ca: pem('cert'), hostHeader: 'client' });
    expect(await statusOf(unchanged.url)).toContain('401');
  });

  it('is the upstream’s in each plain request of a client that keeps connections', async () => {
    const { url } = await startStrict(false);
    const { proxy } = await startProxied(url, { hostHeader: 'upstream' });
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    for (let times = 0; times < 3; times += 1) {
      const response = await new Promise<http.IncomingMessage>((resolve) =>
        http.get(proxy.url.replace('ws', 'http'), { agent }, resolve),
      );
      expect(response.statusCode).toBe(200);
      expect(`${Buffer.concat(await response.toArray())}`).toBe('close');
    }
  });

  it.each([
    [
      'one line',
      'GET /a?b HTTP/1.1\r\nhOST:\tproxy:9  \r\nCookie: ä=1\r\nOrigin: http://proxy:9\r\nUpgrade: websocket\r\n\r\n',
      'GET /a?b HTTP/1.1\r\nHost: OWN\r\nCookie: ä=1\r\nOrigin: http://OWN\r\nUpgrade: websocket\r\n\r\n',
    ],
    [
      'several',
      'GET / HTTP/1.1\r\nHost: a\r\nX-Host: b\r\nHost: c\r\nUpgrade: websocket\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: OWN\r\nX-Host: b\r\nUpgrade: websocket\r\n\r\n',
    ],
    [
      'none',
      'GET / HTTP/1.0\r\nX: y\r\n\r\nrest',
      'GET / HTTP/1.0\r\nX: y\r\nHost: OWN\r\nConnection: close\r\n\r\nrest',
    ],
    ['its own', 'GET / HTTP/1.1\r\nHost: OWN\r\n\r\n', 'GET / HTTP/1.1\r\nHost: OWN\r\n\r\n'],
  ])('takes the place of %s, and no other byte changes', async (_, sent, expected) => {
    const got: Buffer[] = [];
    const url = await startTcp((socket) => {
      socket.on('data', (chunk) => got.push(chunk)).write(SWITCHING);
    });
    const { proxy } = await startProxied(url, { hostHeader: 'upstream' });
    const own = (text: string) => Buffer.from(text.replaceAll('OWN', new URL(url).host), 'latin1');
    (await dial(proxy.url)).write(own(sent));
    await expect
      .poll(() => Buffer.concat(got).toString('latin1'))
      .toBe(own(expected).toString('latin1'));
  });
});
