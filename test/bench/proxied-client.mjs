/** Clients of a proxy: `send` frames of a size as fast as they leave, `dial` over and over, or `idle` by the thousand. */
import net from 'node:net';

const [what, port, number, size] = process.argv.slice(2);
const ADDRESSES = ['127.0.0.1', '127.0.0.2', '127.0.0.3'];
let done = 0;

const hello = Buffer.from(
  JSON.stringify({
    type: 'hello',
    version: 1,
    session_id: '0f8fad5b-d9cb-469f-a165-70867728950e',
    connection_sequence: 1,
  }),
);
// A mask of zeroes leaves the payload as it is.
const HELLO = Buffer.concat([
  Buffer.from(
    'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
  ),
  Buffer.from([0x81, 0x80 | 126, hello.length >> 8, hello.length & 255, 0, 0, 0, 0]),
  hello,
]);

function connect(localAddress, welcomed) {
  const socket = net.connect({
    host: '127.0.0.1',
    port: Number(port),
    localAddress,
    noDelay: true,
  });
  socket.on('error', () => {});
  socket.write(HELLO);
  let last = '';
  const take = (chunk) => {
    last = `${last.slice(-20)}${chunk.toString('latin1')}`;
    if (!last.includes('"bench"}')) return;
    socket.off('data', take);
    welcomed(socket);
  };
  return socket.on('data', take);
}

function dial() {
  connect(undefined, (socket) => {
    done += 1;
    socket.resetAndDestroy();
  }).on('close', dial);
}

/** Frames that fill about as much as one read takes. */
function frames(bytes) {
  const head = Buffer.alloc(bytes < 126 ? 6 : bytes < 65_536 ? 8 : 14);
  head[0] = 0x82;
  head[1] = 0x80 | (bytes < 126 ? bytes : bytes < 65_536 ? 126 : 127);
  if (head.length === 8) head.writeUInt16BE(bytes, 2);
  if (head.length === 14) head.writeUInt32BE(bytes, 6);
  const frame = Buffer.concat([head, Buffer.alloc(bytes)]);
  return Buffer.concat(Array(Math.max(1, Math.round(65_536 / frame.length))).fill(frame));
}

function send(socket, chunk) {
  const push = () => {
    while (!socket.writableNeedDrain) socket.write(chunk);
  };
  socket.on('drain', push);
  push();
}

function idle(left, address = 0) {
  if (left === 0) return;
  connect(ADDRESSES[address % ADDRESSES.length], () => {
    done += 1;
    idle(left - 1, address + 1);
  });
}

if (what === 'dial') for (let i = 0; i < Number(number); i++) dial();
if (what === 'send') {
  const chunk = frames(Number(size));
  for (let i = 0; i < Number(number); i++) connect(undefined, (socket) => send(socket, chunk));
}
if (what === 'idle') {
  const lanes = 100;
  for (let i = 0; i < lanes; i++) idle(Math.ceil(Number(number) / lanes), i);
}
process.on('message', () => process.send({ done }));
process.on('disconnect', () => process.exit());
