/** The server behind a proxy: accepts and welcomes whoever says hello, and counts the bytes that come after. */
import net from 'node:net';

const welcome = JSON.stringify({ type: 'welcome', version: 1, client_id: 'bench' });
const ANSWER = Buffer.concat([
  Buffer.from(
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
  ),
  Buffer.from([0x81, welcome.length]),
  Buffer.from(welcome),
]);
let bytes = 0;

const server = net.createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => {});
  socket.once('data', () => {
    socket.write(ANSWER);
    socket.on('data', (chunk) => {
      bytes += chunk.length;
    });
  });
});
server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () => {
  process.send({ port: server.address().port });
});
process.on('message', () => process.send({ bytes }));
process.on('disconnect', () => process.exit());
