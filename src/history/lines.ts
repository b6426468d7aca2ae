import { closeSync, openSync, readSync } from 'node:fs';
import { reading } from './errors.ts';

/** No line of ours comes near; what does is not a log, and is skipped without being held. */
export const MAX_LINE_BYTES = 1024 * 1024;

const CHUNK_BYTES = 256 * 1024;
const LINE_FEED = 0x0a;

export interface LineVisitor {
  /** `bytes` is valid during the call only, and null for a line over the limit. `line` is from 1. */
  onLine(bytes: Buffer | null, line: number): void;
  /** What stands after the last line feed. */
  onUnterminated(bytes: Buffer | null, line: number): void;
}

/**
 * Reads a file line by line, in bounded memory. Lines end at the byte 0x0A alone: U+2028 and U+2029,
 * which `readline` takes for ends, may stand inside JSON strings.
 *
 * @returns the number of lines
 * @throws LogUnreadable
 */
export function readLines(file: string, visitor: LineVisitor): number {
  const fd = reading(file, () => openSync(file, 'r'));
  try {
    return splitLines(
      (buffer, at) => reading(file, () => readSync(fd, buffer, at, CHUNK_BYTES, null)),
      visitor,
    );
  } finally {
    closeSync(fd);
  }
}

function splitLines(read: (buffer: Buffer, at: number) => number, visitor: LineVisitor): number {
  const buffer = Buffer.allocUnsafe(MAX_LINE_BYTES + CHUNK_BYTES);
  let line = 0;
  /** Bytes of a begun line at the buffer's start. */
  let begun = 0;
  let tooLong = false;

  for (let size = read(buffer, begun); size > 0; size = read(buffer, begun)) {
    const filled = buffer.subarray(0, begun + size);
    let start = 0;
    for (
      let end = filled.indexOf(LINE_FEED, begun);
      end !== -1;
      end = filled.indexOf(LINE_FEED, start)
    ) {
      tooLong ||= end - start > MAX_LINE_BYTES;
      visitor.onLine(tooLong ? null : filled.subarray(start, end), ++line);
      tooLong = false;
      start = end + 1;
    }
    tooLong ||= filled.length - start > MAX_LINE_BYTES;
    begun = tooLong ? 0 : filled.copy(buffer, 0, start);
  }

  if (tooLong || begun > 0) {
    visitor.onUnterminated(tooLong ? null : buffer.subarray(0, begun), ++line);
  }
  return line;
}
