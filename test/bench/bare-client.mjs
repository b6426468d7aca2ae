/** The yardstick's client: dial, hello, welcome, terminate, again. */
import { WebSocket } from 'ws';

const [url, sessions] = process.argv.slice(2);
let cycles = 0;

function dial() {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  socket.on('open', () => {
    socket.send(
      JSON.stringify({
        type: 'hello',
        version: 1,
        session_id: '0f8fad5b-d9cb-469f-a165-70867728950e',
        connection_sequence: cycles + 1,
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
process.on('message', () => process.send({ cycles }));
process.on('disconnect', () => process.exit());
