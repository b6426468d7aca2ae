/** The yardstick's client: dial, hello, welcome, terminate, again. */
import { WebSocket } from 'ws';

const [url, sessions, seconds] = process.argv.slice(2);
let cycles = 0;
let sequence = 0;
let running = true;

function dial() {
  if (!running) return;
  const socket = new WebSocket(url, { perMessageDeflate: false });
  socket.on('open', () => {
    sequence += 1;
    socket.send(
      JSON.stringify({
        type: 'hello',
        version: 1,
        session_id: '0f8fad5b-d9cb-469f-a165-70867728950e',
        connection_sequence: sequence,
        document_id: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
        persistence: 'session',
      }),
    );
  });
  socket.on('message', () => {
    cycles += 1;
    socket.terminate();
  });
  socket.on('error', () => {});
  socket.on('close', dial);
}

for (let session = 0; session < Number(sessions); session++) dial();
// Warm before it is measured.
setTimeout(() => {
  const before = { cycles, cpu: process.cpuUsage(), at: performance.now() };
  process.send({ warm: true });
  setTimeout(() => {
    running = false;
    process.send({
      cycles: cycles - before.cycles,
      seconds: (performance.now() - before.at) / 1000,
      cpu: process.cpuUsage(before.cpu),
      maxRss: process.resourceUsage().maxRSS,
    });
    process.disconnect();
    process.exit();
  }, Number(seconds) * 1000);
}, 1000);
