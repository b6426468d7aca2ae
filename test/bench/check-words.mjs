import fs from 'node:fs';
import readline from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** What the lines of words are read by. */
const FORMAT = String.raw`
pattern: '^(?<time>\S+) \[ws\] gateway (?<event>connected|disconnected) session=(?<session_id>\S+) seq=(?<connection_sequence>\d+) conn=(?<client_id>\S+)(?: code=(?<close_code>\d+) after=(?<duration_seconds>\S+))?'
events: { connection_opened: connected, connection_closed: disconnected }
`;

/** Writes a log of closes as lines of words that say the same, and a description of them. */
export async function writeInWords(from, file) {
  const format = `${file}.yaml`;
  fs.writeFileSync(format, FORMAT);
  const lines = readline.createInterface({ input: fs.createReadStream(from), crlfDelay: Infinity });
  await pipeline(Readable.from(inWords(lines)), fs.createWriteStream(file));
  return { file, format };
}

async function* inWords(lines) {
  let text = '';
  for await (const line of lines) {
    const { time, session_id, connection_sequence, client_id, close_code, duration_seconds } =
      JSON.parse(line);
    text +=
      `${time} [ws] gateway disconnected session=${session_id} seq=${connection_sequence} ` +
      `conn=${client_id} code=${close_code} after=${duration_seconds}s\n`;
    if (text.length < 64 * 1024) continue;
    yield text;
    text = '';
  }
  yield text;
}
