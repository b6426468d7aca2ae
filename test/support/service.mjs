// A server of somebody's own, small and sound, for tests to start: its own handshake, its own log on stdout or in
// a file. FORGETS=1: it begins every session's numbers again. CRASHES_AFTER: milliseconds after which it throws.
// DEAF=1: SIGTERM does nothing. FAILS_AT_END=1: it fails in the middle of a line once all is closed.
import fs from 'node:fs';
import { WebSocketServer } from 'ws';

const { PORT, LOG, GREETING, FORGETS, CRASHES_AFTER, DEAF, FAILS_AT_END } = process.env;
const write = LOG ? (line) => fs.appendFileSync(LOG, line) : (line) => fs.writeSync(1, line);
const log = (event, fields) =>
  write(`${JSON.stringify({ time: new Date().toISOString(), event, ...fields })}\n`);

const server = new WebSocketServer({ host: '127.0.0.1', port: Number(PORT) });
const lastSeen = new Map();
let connections = 0;
server.on('connection', (socket, request) => {
  connections += 1;
  const id = `${process.pid}-${connections}`;
  const openedAt = Date.now();
  let who = null;
  const opened = (session_id, connection_sequence) => {
    who = { client_id: id, session_id, connection_sequence: FORGETS ? 1 : connection_sequence };
    const seen = lastSeen.get(session_id) ?? 0;
    lastSeen.set(session_id, Math.max(seen, connection_sequence));
    log('connection_opened', who);
    return seen;
  };
  const query = new URL(request.url, 'ws://x').searchParams;
  if (query.has('sid')) opened(query.get('sid'), Number(query.get('n')));
  socket.on('message', (data) => {
    const { type, session_id, connection_sequence, sid, n } = JSON.parse(data);
    if (type === 'hello') {
      const last_seen_sequence = opened(session_id, connection_sequence);
      const welcome = { type: 'welcome', version: 1, client_id: id, last_seen_sequence };
      socket.send(JSON.stringify(welcome));
    } else if (type === 'auth') {
      socket.send('{"type":"motd"}');
      const seen = opened(sid, n);
      socket.send(JSON.stringify({ type: 'ready', data: { id, seen } }));
    }
  });
  socket.on('error', () => {});
  socket.on('close', (close_code) => {
    if (who) log('connection_closed', { ...who, close_code, duration_ms: Date.now() - openedAt });
  });
});

if (GREETING) console.error(GREETING);
if (CRASHES_AFTER)
  setTimeout(() => {
    throw new Error('out of luck');
  }, Number(CRASHES_AFTER));
process.on('SIGTERM', () => {
  if (DEAF) return;
  for (const socket of server.clients) socket.close(1001);
  // To exit here would be too soon: sockets are counted as gone before they say that they closed.
  server.close();
  process.on('exit', () => {
    if (!FAILS_AT_END) return;
    write('{"half');
    process.exitCode = 7;
  });
});
