import http from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { PageServer } from '../../src/real/page-server.ts';

async function startPage() {
  const acts: unknown[] = [];
  const lines: object[] = [];
  const page = new PageServer({
    host: '127.0.0.1',
    port: 0,
    webSocketUrl: 'ws://127.0.0.1:1',
    act: (...act) => acts.push(act),
    logged: (line) => lines.push(line),
  });
  const { url } = await page.start();
  onTestFinished(() => page.stop());
  return { page, url, acts, lines, ask: (path: string, options = {}) => ask(url, path, options) };
}

interface Asked {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** `fetch` lets nobody choose a Host. */
function ask(url: string, path: string, { method = 'GET', headers = {}, body }: Asked) {
  return new Promise<{ status: number; text: string; headers: http.IncomingHttpHeaders }>(
    (resolve, reject) => {
      const request = http.request(new URL(path, url), { method, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text, headers: response.headers }),
        );
      });
      request.on('error', reject).end(body);
    },
  );
}

const own = (url: string) => ({ Origin: new URL(url).origin });

it('serves a page that connects to the server, and can load nothing from elsewhere', async () => {
  const { ask } = await startPage();
  const page = await ask('/');
  expect(page.status).toBe(200);
  expect(page.text).toContain('content="ws://127.0.0.1:1"');
  expect(page.headers['content-security-policy']).toContain("default-src 'none'");
  expect((await ask('/main.js')).status).toBe(404);
  expect((await ask('/page.js')).headers['content-type']).toBe('text/javascript');
});

it('answers no other Host than a loopback address', async () => {
  const { ask } = await startPage();
  const answer = await ask('/', { headers: { Host: 'evil.example' } });
  expect(answer).toMatchObject({
    status: 403,
    text: 'this page is for loopback addresses alone\n',
  });
});

it('does what its own page asks for, and nothing that another asks for', async () => {
  const { url, ask, acts } = await startPage();
  const body = JSON.stringify({ action: 'drop', session_id: 's' });
  for (const headers of [{}, { Origin: 'http://evil.example' }, { Origin: 'null' }]) {
    expect((await ask('/act', { method: 'POST', headers, body })).status).toBe(403);
  }
  expect(acts).toEqual([]);
  expect((await ask('/act', { method: 'POST', headers: own(url), body })).status).toBe(204);
  expect(acts).toEqual([['drop', 's']]);
});

it.each([
  ['{', '"action" must be one of drop, close, refuse, stall\n'],
  ['{"action":"explode","session_id":"s"}', '"action" must be one of drop, close, refuse, stall\n'],
  ['{"action":"drop","session_id":"a b"}', '"session_id" must be an id\n'],
])('refuses %s', async (body, text) => {
  const { url, ask, acts } = await startPage();
  const answer = await ask('/act', { method: 'POST', headers: own(url), body });
  expect(answer).toMatchObject({ status: 400, text });
  expect(acts).toEqual([]);
});

it('takes the lines that pages log, and shows both logs to pages that come later', async () => {
  const { page, url, ask, lines } = await startPage();
  const body = '{"event":"connection_attempt","session_id":"s"}\n{"event":"connection_opened"}\n';
  expect((await ask('/client-log', { method: 'POST', headers: own(url), body })).status).toBe(204);
  expect(lines.map((line) => (line as { event: string }).event)).toEqual([
    'connection_attempt',
    'connection_opened',
  ]);
  page.tell('server', { event: 'connection_closed' });
  const response = await fetch(new URL('/log', url));
  const { value } = (await response.body?.getReader().read()) ?? {};
  expect(Buffer.from(value ?? []).toString()).toContain('"log":"client"');
});

it('refuses lines that are none, all of them', async () => {
  const { url, ask } = await startPage();
  const answer = await ask('/client-log', { method: 'POST', headers: own(url), body: '[]\n' });
  expect(answer).toMatchObject({
    status: 400,
    text: 'each line must be a JSON object with an "event"\n',
  });
});

it('lets nobody fill its memory', async () => {
  const { url, ask } = await startPage();
  const body = 'x'.repeat(1024 * 1024);
  await expect(ask('/client-log', { method: 'POST', headers: own(url), body })).rejects.toThrow();
});
