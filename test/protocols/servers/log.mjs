// What the servers of these tests log, one JSON object a line on stdout.
import fs from 'node:fs';

export const port = Number(process.env.PORT);

const log = (event, fields) =>
  fs.writeSync(1, `${JSON.stringify({ time: new Date().toISOString(), event, ...fields })}\n`);

let open = 0;
let isStopping = false;

/** Gives the way to log its close, once. */
export function opened(client_id, session_id, connection_sequence) {
  const who = { client_id, session_id, connection_sequence: Number(connection_sequence) };
  const openedAt = Date.now();
  let isOpen = true;
  open += 1;
  log('connection_opened', who);
  return (close_code) => {
    if (!isOpen) return;
    isOpen = false;
    open -= 1;
    log('connection_closed', { ...who, close_code, duration_ms: Date.now() - openedAt });
    if (isStopping && open === 0) process.exit();
  };
}

// Its clients go too when a run ends, and each close is to be in the log.
process.on('SIGTERM', () => {
  isStopping = true;
  if (open === 0) process.exit();
});
