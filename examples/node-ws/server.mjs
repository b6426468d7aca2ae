/**
 * A `ws` server whose connections are logged as `wsdiag check` reads them, to stdout:
 *
 *   PORT=8080 node server.mjs > app.log
 *   npx wsdiag check app.log
 *
 * BROKEN=1 has a mistake in its logging: see below.
 */
import pino from 'pino';
import { WebSocketServer } from 'ws';
import { isHello, logConnections } from 'wsdiag/server';

const HEARTBEAT_MS = 10_000;

const logger = pino();
const server = new WebSocketServer({ host: '127.0.0.1', port: Number(process.env.PORT ?? 8080) });
const log = logConnections(server, {
  logger: process.env.BROKEN ? withSessionContext(logger) : logger,
  // Pages with `wsdiag/client` wait for it.
  welcome: true,
  secret: process.env.WSDIAG_SECRET,
});

server.on('connection', (socket) => {
  socket.isAlive = true;
  socket.on('error', () => {});
  socket.on('pong', () => {
    socket.isAlive = true;
  });
  socket.on('message', (data, isBinary) => {
    // The hello comes here too, and is no message of the application's.
    if (isHello(data)) return;
    socket.send(data, { binary: isBinary });
  });
});

const heartbeat = setInterval(() => {
  for (const socket of server.clients) {
    if (!socket.isAlive) {
      log.ending(socket, 'heartbeat');
      socket.terminate();
      continue;
    }
    socket.isAlive = false;
    socket.ping();
  }
}, HEARTBEAT_MS);

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => {
    clearInterval(heartbeat);
    server.close();
    for (const socket of server.clients) socket.close(1012, 'restart');
    // Who does not answer is not waited for.
    setTimeout(() => {
      for (const socket of server.clients) socket.terminate();
    }, 2000).unref();
  });
}

/**
 * The mistake: a context for the log is made for each session when it first comes, and put on its lines from then
 * on. So each connection is logged under the number of the session's first.
 */
function withSessionContext(logger) {
  const contexts = new Map();
  return {
    info(line, message) {
      const { session_id, connection_sequence } = line;
      if (session_id !== undefined && !contexts.has(session_id)) {
        contexts.set(session_id, { session_id, connection_sequence });
      }
      logger.info({ ...line, ...contexts.get(session_id) }, message);
    },
  };
}
