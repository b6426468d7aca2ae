import fs from 'node:fs';
import http from 'node:http';
import { WebSocketServer } from 'ws';

/** A page, and the service that its client connects to. The service logs nothing: the proxy before it does. */
export async function startApp() {
  const files = {
    '/': ['text/html; charset=utf-8', new URL('index.html', import.meta.url)],
    '/client.js': ['text/javascript', new URL(import.meta.resolve('wsdiag/client'))],
  };
  const server = http.createServer((request, response) => {
    const [type, file] = files[request.url ?? ''] ?? [];
    if (file === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'Content-Type': type }).end(fs.readFileSync(file));
  });
  let connections = 0;
  new WebSocketServer({ server, path: '/socket' }).on('connection', (socket) => {
    connections += 1;
    const client_id = `connection-${connections}`;
    // The first message is the hello.
    socket.once('message', () => {
      socket.send(JSON.stringify({ type: 'welcome', version: 1, client_id }));
    });
    socket.on('error', () => {});
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `ws://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}
