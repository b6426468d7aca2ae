/** The yardstick that is all of a log reader but its work: lines, parsed, and looked at. */
import fs from 'node:fs';

const CHUNK_BYTES = 1 << 20;
const LINE_FEED = 0x0a;

const fd = fs.openSync(process.argv[2], 'r');
const buffer = Buffer.allocUnsafe(2 * CHUNK_BYTES);
let lines = 0;
let touched = 0;
let begun = 0;
for (;;) {
  const size = fs.readSync(fd, buffer, begun, CHUNK_BYTES, null);
  if (size === 0) break;
  const filled = buffer.subarray(0, begun + size);
  let start = 0;
  for (let end = filled.indexOf(LINE_FEED); end !== -1; end = filled.indexOf(LINE_FEED, start)) {
    const line = JSON.parse(filled.utf8Slice(start, end));
    touched += line.time.length + line.session_id.length + line.connection_sequence;
    touched += line.client_id.length + line.close_code + line.duration_seconds;
    lines += 1;
    start = end + 1;
  }
  begun = filled.copy(buffer, 0, start);
}
console.log(JSON.stringify({ lines, touched }));
