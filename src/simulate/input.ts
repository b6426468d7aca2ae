import fs from 'node:fs';
import type { Readable } from 'node:stream';
import { reasonOf } from '../logs/index.ts';
import { EnvironmentError } from './errors.ts';

/** Scenarios and queries are smaller. */
export const MAX_INPUT_BYTES = 2 ** 20;

/**
 * Reads a file the user named: all of it, or one byte more than it may have.
 *
 * @param stdin what `-` stands for; without it, a file of that name
 * @throws EnvironmentError
 */
export async function readInput(file: string, stdin?: Readable): Promise<Buffer> {
  const end = MAX_INPUT_BYTES;
  const pieces: Buffer[] = [];
  let size = 0;
  try {
    // Not in one go, even from a pipe: it may have nothing to give yet.
    for await (const piece of file === '-' && stdin ? stdin : fs.createReadStream(file, { end })) {
      pieces.push(piece);
      size += piece.length;
      if (size > end) break;
    }
  } catch (error) {
    throw new EnvironmentError(`${file}: ${reasonOf(error)}`, { cause: error });
  }
  return Buffer.concat(pieces).subarray(0, end + 1);
}
