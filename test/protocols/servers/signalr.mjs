// Speaks SignalR's JSON hub protocol: a handshake, then pings.
import { WebSocketServer } from 'ws';
import { opened, port } from './log.mjs';

const END = '\x1e';
const server = new WebSocketServer({ port, host: '127.0.0.1', path: '/hub' });
let connections = 0;
server.on('connection', (socket, { url }) => {
  const { session_id, connection_sequence } = Object.fromEntries(
    new URL(url, 'http://localhost').searchParams,
  );
  socket
    .on('error', () => {})
    .once('message', (handshake) => {
      const { protocol, version } = JSON.parse(String(handshake).replace(END, ''));
      if (protocol !== 'json' || version !== 1) return socket.terminate();
      connections += 1;
      socket.once(
        'close',
        opened(`${process.pid}-${connections}`, session_id, connection_sequence),
      );
      socket.send(`{}${END}{"type":6}${END}`);
    });
});
