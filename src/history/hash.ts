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

/** FNV-1a over bytes, from a seed; never 0, which stands for none. */
export function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = SEED | 0;
  for (let at = start; at < end; at++) {
    hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  }
  return finished(hash) || 1;
}

/** Another 32 bits: what has both hashes in common is the same, but for a chance of one in 2^64. */
export function checkBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = CHECK_SEED | 0;
  for (let at = end - 1; at >= start; at--) {
    hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  }
  return finished(hash);
}

/** The hash of a string's UTF-8; 0 for none. */
export function hashText(text: string | undefined): number {
  if (text === undefined) return 0;
  const bytes = Buffer.from(text);
  return hashBytes(bytes, 0, bytes.length);
}

/** FNV's low bits depend on the low bits of its input alone. */
function finished(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return mixed ^ (mixed >>> 13);
}
