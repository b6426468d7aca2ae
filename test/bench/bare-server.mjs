/**
 * The yardstick's server: `ws` alone, a welcome for each hello. With `logged` its connections are logged by a logger
 * that does nothing, with `pino` by one that writes each line.
 */
import pino from 'pino';
import { WebSocketServer } from 'ws';
import { logConnections } from 'wsdiag/server';

let connections = 0;

const welcome = () =>
  `{"type":"welcome","version":1,"client_id":"c-${++connections}","last_seen_sequence":1}`;

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, backlog: 4096 });
const LOGGERS = {
  logged: () => ({ info() {} }),
  pino: () => pino(pino.destination('/dev/null')),
};
const logger = LOGGERS[process.argv[2]]?.();
if (logger) logConnections(server, { logger });
server.on('connection', (socket) => {
  socket.on('error', () => {});
  socket.on('message', () => socket.send(welcome()));
});
server.on('listening', () => process.send({ port: server.address().port }));
process.on('disconnect', () => process.exit());
