import { Server } from 'socket.io';
import { opened, port } from './log.mjs';

const { TOKEN } = process.env;

// Pings often, and ends who does not answer.
const io = new Server(port, { pingInterval: 500, pingTimeout: 10_000 });
const chat = io.of('/chat');
if (TOKEN) {
  chat.use(({ handshake }, next) =>
    next(handshake.auth.token === TOKEN ? undefined : new Error('the token is wrong')),
  );
}
chat.on('connection', (socket) => {
  const { session_id, connection_sequence } = socket.handshake.auth;
  const closed = opened(socket.id, session_id, connection_sequence);
  socket.conn.transport.socket.once('close', closed);
  socket.emit('motd', 'welcome', Buffer.from('and an attachment'));
});
