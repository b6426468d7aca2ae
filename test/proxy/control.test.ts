import http from 'node:http';
import { describe, expect, it } from 'vitest';
import { connect, helloQuery, SESSION, startEcho, startProxied, welcomeText } from './support.ts';

async function startControlled() {
  const { proxy } = await startProxied((await startEcho()).url, { control: 0 });
  const controlUrl = proxy.controlUrl as string;
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${controlUrl}${path}`, init);
    const body = (await response.json()) as { error?: string };
    return { status: response.status, body };
  };
  const post = (path: string, body?: unknown) =>
    ask(path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) });
  return { proxy, ask, post, controlUrl };
}

describe('the control', () => {
  it('tells of sessions', async () => {
    const { proxy, ask } = await startControlled();
    const client = await connect(`${proxy.url}${helloQuery(5)}`);
    await client.echo(welcomeText('the-server-s'));
    expect(await ask('/sessions')).toEqual({
      status: 200,
      body: {
        sessions: [
          {
            session_id: SESSION,
            connection_sequence: 5,
            document_id: null,
            client_id: 'the-server-s',
            remote_address: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
            state: 'open',
          },
        ],
      },
    });
  });

  it('takes each fault, and takes them back', async () => {
    const { proxy, post } = await startControlled();
    const client = await connect(proxy.url);
    const one = { status: 200, body: { connections: 1 } };
    const none = { status: 200, body: { connections: 0 } };
    expect(await post('/latency', { delayMs: 1 })).toEqual(one);
    expect(await post('/stall', { share: 0.5 })).toEqual(none);
    expect(await post('/refuse', { status: 503, retryAfter: 2 })).toEqual(none);
    expect(await post('/drop', { how: 'silent', session: 'nobody' })).toEqual(none);
    expect(await post('/heal')).toEqual({ status: 200, body: {} });
    expect(await post('/close', { code: 4000 })).toEqual(one);
    expect(await client.closed).toMatchObject({ code: 4000 });
    expect(await post('/drop')).toEqual(none);
  });

  it.each([
    ['/drop', '{"how":"gently"}', 400, 'drop: how: '],
    ['/drop', '{"how"', 400, 'POST /drop: the body is no JSON: '],
    ['/drop', '[]', 400, 'drop: '],
    ['/drop', 'null', 400, 'drop: '],
    ['/drop', '"x"', 400, 'drop: '],
    ['/latency', '', 400, 'latency: delayMs: '],
    ['/nothing', '{}', 404, 'no /nothing; there are GET /sessions, POST /heal, and POST /drop'],
    ['/__proto__', '{}', 404, 'no /__proto__'],
    ['/sessions', '{}', 405, '/sessions is asked with GET, not POST'],
    ['/drop', 'x'.repeat(100_000), 413, 'a body has at most 65536 bytes'],
  ])('answers POST %s %.20s with %i', async (path, body, status, error) => {
    const { post } = await startControlled();
    const answer = await post(path, body);
    expect(answer.status).toBe(status);
    expect(answer.body.error).toContain(error);
  });

  it('drops nobody because of a GET', async () => {
    const { proxy, ask } = await startControlled();
    const client = await connect(proxy.url);
    expect(await ask('/drop')).toMatchObject({ status: 405 });
    expect(await client.echo('x')).toBe('x');
  });

  it.each([
    ['a Host of another site', { Host: 'evil.example' }],
    ['a Host with its port', { Host: 'evil.example:80' }],
    ['an Origin', { Origin: 'http://evil.example' }],
    ['an Origin of this machine', { Origin: 'http://127.0.0.1:9001' }],
  ])('refuses %s', async (_, headers) => {
    const { controlUrl, proxy } = await startControlled();
    const client = await connect(proxy.url);
    const status = await new Promise((resolve) => {
      const request = http.request(`${controlUrl}/drop`, { method: 'POST', headers });
      request.on('response', (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.end();
    });
    expect(status).toBe(403);
    expect(await client.echo('x')).toBe('x');
  });
});
