/** The yardstick's server: `ws` alone, a welcome for each hello. */
import { WebSocketServer } from 'ws';

const server = new WebSocketServer({
  host: '127.0.0.1',
  port: 0,
  perMessageDeflate: false,
  backlog: 4096,
});
server.on('connection', (socket) => {
  socket.on('error', () => {});
  socket.on('message', () => {
    socket.send(
      JSON.stringify({ type: 'welcome', version: 1, client_id: 'c', last_seen_sequence: 1 }),
    );
  });
});
server.on('listening', () => process.send({ port: server.address().port }));
process.on('message', () => {
  process.send({ cpu: process.cpuUsage(), maxRss: process.resourceUsage().maxRSS });
});
process.on('disconnect', () => process.exit());
