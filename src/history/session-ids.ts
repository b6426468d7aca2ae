import { MAX_SESSIONS } from '../core/records.ts';
import { hashBytes } from './columns.ts';

const SLOTS = 2 ** 21;
const ARENA_BYTES = 64 * 1024 * 1024;

/**
 * Session ids to dense indexes, from 0 by first appearance: a hash table over bytes, about 16 bytes a
 * session beside its id, which is kept once. Memory is taken from the system only as it fills.
 */
export class SessionIds {
  size = 0;
  /** An id came that there was no more room for. */
  full = false;
  readonly #slots = new Int32Array(SLOTS);
  readonly #hashes = new Int32Array(MAX_SESSIONS);
  readonly #ends = new Uint32Array(MAX_SESSIONS);
  readonly #arena = Buffer.alloc(ARENA_BYTES);

  /** The index of the id in those bytes, made if need be; -1 where there is no more room. */
  indexOf(bytes: Uint8Array, start: number, length: number, hash: number): number {
    let slot = hash & (SLOTS - 1);
    for (;;) {
      const index = (this.#slots[slot] as number) - 1;
      if (index < 0) break;
      if (this.#hashes[index] === hash && this.#is(index, bytes, start, length)) return index;
      slot = (slot + 1) & (SLOTS - 1);
    }
    return this.#add(slot, bytes, start, length, hash);
  }

  indexOfText(id: string): number {
    const bytes = Buffer.from(id);
    return this.indexOf(bytes, 0, bytes.length, hashBytes(bytes, 0, bytes.length));
  }

  id(index: number): string {
    return this.#arena.toString('utf8', this.#start(index), this.#ends[index]);
  }

  hash(index: number): number {
    return this.#hashes[index] as number;
  }

  #start(index: number): number {
    return index === 0 ? 0 : (this.#ends[index - 1] as number);
  }

  #is(index: number, bytes: Uint8Array, start: number, length: number): boolean {
    const from = this.#start(index);
    if ((this.#ends[index] as number) - from !== length) return false;
    const arena = this.#arena;
    for (let at = 0; at < length; at++) {
      if (arena[from + at] !== bytes[start + at]) return false;
    }
    return true;
  }

  #add(slot: number, bytes: Uint8Array, start: number, length: number, hash: number): number {
    const from = this.#start(this.size);
    if (this.size === MAX_SESSIONS || from + length > ARENA_BYTES) {
      this.full = true;
      return -1;
    }
    for (let at = 0; at < length; at++) this.#arena[from + at] = bytes[start + at] as number;
    this.#hashes[this.size] = hash;
    this.#ends[this.size] = from + length;
    this.#slots[slot] = ++this.size;
    return this.size - 1;
  }
}
