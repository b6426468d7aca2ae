import { MAX_SESSIONS } from '../core/records.ts';
import { hashBytes } from './columns.ts';

const FIRST_SESSIONS = 1024;
const FIRST_ARENA_BYTES = 64 * 1024;
/** Ids are some 40 bytes; longer ones take the room of others. */
const MAX_ARENA_BYTES = 64 * 1024 * 1024;

/**
 * Session ids to dense indexes, from 0 by first appearance: a hash table over bytes, about 16 bytes a
 * session beside its id, which is kept once.
 */
export class SessionIds {
  size = 0;
  /** An id came that there was no more room for. */
  full = false;
  #hashes = new Int32Array(FIRST_SESSIONS);
  #ends = new Uint32Array(FIRST_SESSIONS);
  #arena = Buffer.alloc(FIRST_ARENA_BYTES);
  /** Twice as many as sessions; 0 for none, else the session's index and 1. */
  #slots = new Int32Array(2 * FIRST_SESSIONS);

  /** The index of the id in those bytes, made if need be; -1 where there is no more room. */
  indexOf(bytes: Uint8Array, start: number, length: number, hash: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const index = (slots[slot] as number) - 1;
      if (index < 0) return this.#add(bytes, start, length, hash);
      if (this.#hashes[index] === hash && this.#is(index, bytes, start, length)) return index;
      slot = (slot + 1) & mask;
    }
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

  #add(bytes: Uint8Array, start: number, length: number, hash: number): number {
    const from = this.#start(this.size);
    if (this.size === MAX_SESSIONS || from + length > MAX_ARENA_BYTES) {
      this.full = true;
      return -1;
    }
    this.#makeRoom(from + length);
    for (let at = 0; at < length; at++) this.#arena[from + at] = bytes[start + at] as number;
    this.#hashes[this.size] = hash;
    this.#ends[this.size] = from + length;
    this.#place(this.size);
    this.size += 1;
    return this.size - 1;
  }

  #makeRoom(arenaBytes: number): void {
    while (arenaBytes > this.#arena.length) {
      this.#arena = Buffer.concat([this.#arena], 2 * this.#arena.length);
    }
    if (this.size < this.#hashes.length) return;
    const hashes = new Int32Array(2 * this.size);
    hashes.set(this.#hashes);
    this.#hashes = hashes;
    const ends = new Uint32Array(2 * this.size);
    ends.set(this.#ends);
    this.#ends = ends;
    this.#slots = new Int32Array(4 * this.size);
    for (let index = 0; index < this.size; index++) this.#place(index);
  }

  #place(index: number): void {
    const mask = this.#slots.length - 1;
    let slot = (this.#hashes[index] as number) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = index + 1;
  }
}
