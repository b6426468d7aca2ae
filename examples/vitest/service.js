import { WebSocketServer } from 'ws';

const PERIOD_MS = 10;

/** Sends everybody a price, over and over. It logs nothing: the proxy before it does. */
export async function startService() {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.on('connection', (socket) => {
    const timer = setInterval(() => socket.send(JSON.stringify({ price: 100 })), PERIOD_MS);
    socket.on('error', () => {}).on('close', () => clearInterval(timer));
  });
  await new Promise((resolve) => server.once('listening', resolve));
  return { url: `ws://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}
