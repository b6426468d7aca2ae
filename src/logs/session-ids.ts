import { MAX_SESSIONS } from '../model/record.ts';
import { capacityFor, FIRST_CAPACITY, grown } from '../model/session-tables.ts';
import { checkOfLast, hashBytes, viewOf } from './hash.ts';

const FIRST_ARENA_BYTES = 64 * 1024;
/** Beyond it, there is room for all: none of it is taken until it is written to. */
const LARGE_ARENA_BYTES = 4 * 1024 * 1024;
/** Ids are some 40 bytes; longer ones take the room of others. */
const MAX_ARENA_BYTES = 64 * 1024 * 1024;

/**
 * Session ids to dense indexes, from 0 by first appearance: a hash table, 20 to 28 bytes a session beside
 * its id, which is kept once.
 */
export class SessionIds {
  size = 0;
  /** An id came that there was no more room for. */
  full = false;
  /** Hash and check of each, side by side. */
  #hashes = new Int32Array(2 * FIRST_CAPACITY);
  #ends = new Uint32Array(FIRST_CAPACITY);
  #arena = Buffer.alloc(FIRST_ARENA_BYTES);
  /** Twice as many as sessions at least; 0 for none, else the session's index and 1. */
  #slots = new Int32Array(2 * FIRST_CAPACITY);

  /** The index of the id with these two hashes; -1 where it is not known. */
  find(hash: number, check: number): number {
    const slots = this.#slots;
    const hashes = this.#hashes;
    const mask = slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const index = (slots[slot] as number) - 1;
      if (index < 0 || (hashes[2 * index] === hash && hashes[2 * index + 1] === check))
        return index;
    }
  }

  /** A new id's index; -1 where there is no more room. */
  add(bytes: Uint8Array, start: number, length: number, hash: number, check: number): number {
    const from = this.#start(this.size);
    if (this.size === MAX_SESSIONS || from + length > MAX_ARENA_BYTES) {
      this.full = true;
      return -1;
    }
    this.#makeRoom(from + length);
    this.#arena.set(bytes.subarray(start, start + length), from);
    this.#hashes[2 * this.size] = hash;
    this.#hashes[2 * this.size + 1] = check;
    this.#ends[this.size] = from + length;
    this.#place(this.size);
    this.size += 1;
    return this.size - 1;
  }

  /** -1 for none, too. */
  indexOfText(id: string | undefined): number {
    if (id === undefined) return -1;
    const bytes = Buffer.from(id);
    const hash = hashBytes(viewOf(bytes), 0, bytes.length);
    const check = checkOfLast();
    const known = this.find(hash, check);
    return known >= 0 ? known : this.add(bytes, 0, bytes.length, hash, check);
  }

  id(index: number): string {
    return this.#arena.toString('utf8', this.#start(index), this.#ends[index]);
  }

  #start(index: number): number {
    return index === 0 ? 0 : (this.#ends[index - 1] as number);
  }

  #makeRoom(arenaBytes: number): void {
    if (arenaBytes > this.#arena.length) this.#growArena(arenaBytes);
    if (this.size === this.#ends.length) {
      const capacity = capacityFor(this.size + 1);
      this.#hashes = grown(this.#hashes, 2 * capacity);
      this.#ends = grown(this.#ends, capacity);
    }
    // Not at once for all that there may be: a small table is in the processor's cache.
    if (2 * this.size < this.#slots.length) return;
    this.#slots = new Int32Array(2 * this.#slots.length);
    for (let index = 0; index < this.size; index++) this.#place(index);
  }

  #growArena(bytes: number): void {
    const room = bytes > LARGE_ARENA_BYTES ? MAX_ARENA_BYTES : 2 ** Math.ceil(Math.log2(bytes));
    const arena = Buffer.alloc(room);
    this.#arena.copy(arena);
    this.#arena = arena;
  }

  #place(index: number): void {
    const mask = this.#slots.length - 1;
    let slot = (this.#hashes[2 * index] as number) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = index + 1;
  }
}
