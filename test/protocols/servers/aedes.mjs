import { Aedes } from 'aedes';
import { createWebSocketStream, WebSocketServer } from 'ws';
import { opened, port } from './log.mjs';

const { TOKEN } = process.env;
const refused = Object.assign(new Error('the password is wrong'), { returnCode: 4 });
const broker = await Aedes.createBroker({
  heartbeatInterval: 60_000,
  authenticate: (client, username, password, done) => {
    client.number = username;
    done(TOKEN && `${password}` !== TOKEN ? refused : null, !TOKEN || `${password}` === TOKEN);
  },
});
let connections = 0;
const sockets = new Map();
broker.on('client', (client) => {
  connections += 1;
  const closed = opened(`${process.pid}-${connections}`, client.id, client.number);
  sockets.get(client.conn).once('close', closed);
});
const server = new WebSocketServer({
  port,
  host: '127.0.0.1',
  handleProtocols: (offered) => offered.has('mqtt') && 'mqtt',
});
server.on('connection', (socket, request) => {
  const stream = createWebSocketStream(socket);
  sockets.set(stream, socket);
  stream.on('error', () => {}).once('close', () => sockets.delete(stream));
  broker.handle(stream, request);
});
