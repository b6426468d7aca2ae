import { openBytes } from '../../src/logs/bytes.ts';
import type { LogFormat, Source } from '../../src/logs/index.ts';
import { createParser, type Parsed } from '../../src/logs/parse.ts';

export const TIME = '2026-11-23T10:00:00.123Z';

export const PLAIN: LogFormat = { map: {}, events: {}, since: null, until: null };

export const format = (options: Partial<LogFormat> = {}): LogFormat => ({ ...PLAIN, ...options });

/** A close as wsdiag itself writes it, as far as parsing goes. */
export const CLOSE = {
  time: TIME,
  event: 'connection_closed',
  session_id: 's',
  connection_sequence: 3,
  client_id: 'c',
  close_code: 1006,
};

export const json = (value: unknown): string => JSON.stringify(value);

export function parse(line: string | Uint8Array, options: Partial<LogFormat> = {}): Parsed {
  const bytes = typeof line === 'string' ? Buffer.from(line) : Buffer.from(line);
  return createParser(format(options), 'server')(bytes);
}

/** What a line is, in a word: its event, or why it is none. */
export function outcome(parsed: Parsed): string {
  return parsed.kind === 'record' ? parsed.event : `${parsed.kind}: ${parsed.reason}`;
}

/** All bytes that a reader gives, in reads of that many. */
export async function bytesOf(file: string, step = 64 * 1024) {
  const reader = await openBytes({ file });
  const buffer = Buffer.alloc(step);
  const pieces: Buffer[] = [];
  try {
    for (let size = 1; size > 0; ) {
      size = await reader.read(buffer, 0);
      pieces.push(Buffer.from(buffer.subarray(0, size)));
    }
    const { position, size } = reader;
    return { bytes: Buffer.concat(pieces), doubts: reader.finish(), position, size };
  } finally {
    await reader.close();
  }
}

/** Every line of a log as the parser sees it: slow, and simple enough to be right. */
export async function parsedLines({
  file,
  log,
  format,
}: Omit<Source, 'stream'>): Promise<Parsed[]> {
  const { bytes } = await bytesOf(file);
  const parser = createParser(format, log);
  const lines: Parsed[] = [];
  let start = 0;
  while (start < bytes.length) {
    const found = bytes.indexOf('\n', start);
    const end = found === -1 ? bytes.length : found;
    lines.push(parser(bytes.subarray(start, end)));
    start = end + 1;
  }
  return lines;
}
