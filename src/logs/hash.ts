import { randomInt } from 'node:crypto';
import { workerData } from 'node:worker_threads';

/** What threads are started with, so that all of a process hash alike. */
export interface HashSeeds {
  hashSeeds: readonly [number, number];
}

/** Drawn anew by each process: nobody can write a log whose ids have one hash. */
export const HASH_SEEDS: HashSeeds['hashSeeds'] = (workerData as HashSeeds | null)?.hashSeeds ?? [
  randomInt(2 ** 32),
  randomInt(2 ** 32),
];
const [SEED, CHECK_SEED] = HASH_SEEDS;

/** The check of what was hashed last: to hand out two numbers at once would cost more than they do. */
let check = 0;

/**
 * 32 bits, as MurmurHash3 makes them, four bytes at a time; never 0, which stands for none. `checkOfLast`
 * has another 32.
 */
export function hashBytes(bytes: DataView, start: number, end: number): number {
  let one = SEED ^ (end - start);
  let other = CHECK_SEED;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const word = bytes.getInt32(at, true);
    one = Math.imul(one ^ Math.imul(word, 0xcc9e2d51), 0x1b873593);
    one ^= one >>> 15;
    other = Math.imul(other ^ word, 0x9e3779b1);
    other ^= other >>> 16;
  }
  for (; at < end; at++) {
    const byte = bytes.getUint8(at);
    one = Math.imul(one ^ byte, 0x1b873593);
    one ^= one >>> 15;
    other = Math.imul(other ^ byte, 0x9e3779b1);
    other ^= other >>> 16;
  }
  check = finished(other);
  return finished(one) || 1;
}

/** Another 32 bits: what has both hashes in common is the same, but for a chance of one in 2^64. */
export const checkOfLast = (): number => check;

/** Room for a text's bytes: to make a buffer for each takes longer than to hash it. */
const ROOM = Buffer.alloc(1024);
const ROOM_VIEW = viewOf(ROOM);
const MAX_BYTES_OF_UNIT = 3;

/** The hash of a string's UTF-8; 0 for none, and its check too. */
export function hashText(text: string | undefined): number {
  check = 0;
  if (text === undefined) return 0;
  if (text.length * MAX_BYTES_OF_UNIT <= ROOM.length) {
    return hashBytes(ROOM_VIEW, 0, ROOM.write(text));
  }
  const bytes = Buffer.from(text);
  return hashBytes(viewOf(bytes), 0, bytes.length);
}

export function viewOf({ buffer, byteOffset, length }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, length);
}

function finished(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return mixed ^ (mixed >>> 13);
}
