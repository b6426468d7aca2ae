/** The yardstick's server: `ws` alone, a welcome for each hello. */
import { WebSocketServer } from 'ws';

const WELCOME = JSON.stringify({
  type: 'welcome',
  version: 1,
  client_id: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
  last_seen_sequence: 1,
});

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, backlog: 4096 });
server.on('connection', (socket) => {
  socket.on('error', () => {});
  socket.on('message', () => socket.send(WELCOME));
});
server.on('listening', () => process.send({ port: server.address().port }));
process.on('disconnect', () => process.exit());
