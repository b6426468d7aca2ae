/** A server of several processes that share one port, a welcome for each hello: more sockets than one process may have. */
import cluster from 'node:cluster';
import { WebSocketServer } from 'ws';

const processes = Number(process.argv[2]);

if (cluster.isPrimary) {
  // In turn, as the system would have it only for new ports.
  cluster.schedulingPolicy = cluster.SCHED_RR;
  let listening = 0;
  for (let nth = 0; nth < processes; nth += 1) {
    cluster.fork({ PORT: process.argv[3] }).on('message', ({ port }) => {
      listening += 1;
      if (listening === processes) process.send({ port });
    });
  }
  process.on('disconnect', () => process.exit());
} else {
  let connections = 0;
  const server = new WebSocketServer({
    host: '127.0.0.1',
    port: Number(process.env.PORT),
    backlog: 4096,
  });
  server.on('connection', (socket) => {
    socket.on('error', () => {});
    socket.on('message', () => {
      connections += 1;
      const client_id = `c-${process.pid}-${connections}`;
      socket.send(
        JSON.stringify({ type: 'welcome', version: 1, client_id, last_seen_sequence: 1 }),
      );
    });
  });
  server.on('listening', () => process.send({ port: server.address().port }));
}
