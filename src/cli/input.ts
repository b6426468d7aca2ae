import fs from 'node:fs';
import { reasonOf } from '../logs/index.ts';
import { UsageError } from './exit.ts';
import type { Shell } from './shell.ts';

/** Scenarios and queries are smaller. */
export const MAX_INPUT_BYTES = 2 ** 20;

/**
 * Reads a file the user named, `-` for standard input: all of it, or one byte more than it may have.
 *
 * @throws UsageError
 */
export async function readInput(file: string, { stdin }: Shell): Promise<Buffer> {
  const end = MAX_INPUT_BYTES;
  const pieces: Buffer[] = [];
  let size = 0;
  try {
    // Not in one go, even from a pipe: it may have nothing to give yet.
    for await (const piece of file === '-' ? stdin : fs.createReadStream(file, { end })) {
      pieces.push(piece);
      size += piece.length;
      if (size > end) break;
    }
  } catch (error) {
    throw new UsageError(`${file}: ${reasonOf(error)}`);
  }
  return Buffer.concat(pieces).subarray(0, end + 1);
}
