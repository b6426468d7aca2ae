// Speaks Phoenix's serializer 2.0.0: whoever joins a topic is in, and each push gets its reply.
import { WebSocketServer } from 'ws';
import { opened, port } from './log.mjs';

const server = new WebSocketServer({ port, host: '127.0.0.1', path: '/socket/websocket' });
let connections = 0;
server.on('connection', (socket) => {
  socket
    .on('error', () => {})
    .on('message', (push) => {
      const [joinRef, ref, topic, event, payload] = JSON.parse(push);
      const response = event === 'phx_join' ? joined(socket, payload) : {};
      socket.send(JSON.stringify([joinRef, ref, topic, 'phx_reply', { response, status: 'ok' }]));
    });
});

function joined(socket, { session_id, connection_sequence }) {
  connections += 1;
  const client_id = `${process.pid}-${connections}`;
  socket.once('close', opened(client_id, session_id, connection_sequence));
  return { client_id };
}
