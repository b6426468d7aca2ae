/**
 * A Socket.IO server whose connections are logged as `wsdiag check` reads them, to stdout:
 *
 *   PORT=8080 node server.mjs > app.log
 *   npx wsdiag check app.log
 *
 * Its page is in ../socket.io-client. BROKEN=1 has a mistake in its numbers: see below.
 */
import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { jsonLines, logSocketIo } from 'wsdiag/server';

const http = createServer();
const io = new Server(http);
const log = logSocketIo(io, {
  logger: jsonLines((line) => process.stdout.write(`${line}\n`)),
  welcome: true,
  secret: process.env.WSDIAG_SECRET,
  ...(process.env.BROKEN && { hello: countConnections }),
});

io.on('connection', (socket) => {
  socket.on('message', (message) => socket.emit('message', message));
});

http.listen(Number(process.env.PORT ?? 8080), '127.0.0.1');

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => {
    io.close();
    // Who has gone silent does not answer, and is not waited for.
    setTimeout(() => {
      log.stop();
      process.exit();
    }, 1000).unref();
  });
}

/**
 * The mistake: the server numbers connections itself, by how many the session has open. One that comes back finds
 * none, and is number 1 again.
 */
function countConnections(socket) {
  const { session_id, document_id } = socket.handshake.auth;
  const open = [...io.sockets.sockets.values()].filter(
    ({ handshake }) => handshake.auth.session_id === session_id,
  );
  return { session_id, document_id, connection_sequence: open.length };
}
