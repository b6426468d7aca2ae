import type net from 'node:net';
import type { Latency } from '../core/world.ts';

/** Who reads along. */
export interface AlongReader {
  /** As `FrameReader`. */
  readonly isBetweenFrames: boolean;
  feed(chunk: Buffer, toBoundary?: boolean): number;
}

export interface FlowEvents {
  /** The source's FIN has come out at the other end. */
  ended(): void;
  /** The source was reset, or broke: nothing more comes out. */
  broke(): void;
  /** Either has come, and can't go on. */
  endedWhileHeld(): void;
}

/** More than this is not taken in while it can't go out. */
const MAX_HELD_BYTES = 1024 * 1024;
/** More than this is not taken in while it waits for the other end: some chunks, for to pause at each costs time. */
const MAX_UNSENT_BYTES = 256 * 1024;

/** What comes from a socket: bytes, its FIN, or an error. */
export type Item = Buffer | 'end' | 'break';

/**
 * One direction: what comes from one socket leaves by the other, in its order, as fast as that one takes it. Late where
 * there is latency, and not at all while it is held.
 */
export class Flow {
  /** Reads what leaves, when it leaves. */
  reader: AlongReader | null = null;
  readonly #from: net.Socket;
  readonly #to: net.Socket;
  readonly #events: FlowEvents;
  readonly #random: () => number;
  #latency: Latency | null = null;
  #isHeld = false;
  #isEnding = false;
  /** What can't leave yet; made when it is needed. */
  #queue: { atMs: number; item: Item }[] | null = null;
  #queuedBytes = 0;
  #timer: NodeJS.Timeout | null = null;
  /** What is to leave behind the frame under way, as the last. */
  #last: Buffer | null = null;
  /** It has left. */
  #isCutOff = false;
  #isDisposed = false;

  constructor(from: net.Socket, to: net.Socket, events: FlowEvents, random: () => number) {
    this.#from = from;
    this.#to = to;
    this.#events = events;
    this.#random = random;
  }

  /** The source has ended, whether or not that has come out. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  setLatency(latency: Latency | null): void {
    this.#latency = latency;
  }

  /** Nothing leaves any more, until `release`. */
  hold(): void {
    this.#isHeld = true;
    this.#stopTimer();
  }

  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#drain();
  }

  /** Lets this leave behind the frame under way, and nothing after it: the rest is read and thrown away. */
  cutOffWith(last: Buffer): void {
    this.#last = last;
    if (this.reader?.isBetweenFrames) this.#leave(last);
  }

  /** Whatever still comes is thrown away. */
  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#stopTimer();
    this.#queue = null;
    if (!this.#from.destroyed) this.#from.resume();
  }

  /** Takes what comes from the source. */
  put(item: Item): void {
    if (this.#isDisposed) return;
    if (typeof item === 'string') this.#isEnding = true;
    const isFree = this.#latency === null && !this.#isHeld && this.#queue === null;
    if (isFree) this.#pass(item);
    else this.#enqueue(item);
    if (this.#isHeld && this.#isEnding) this.#events.endedWhileHeld();
  }

  #enqueue(item: Item): void {
    const { delayMs, jitterMs } = this.#latency ?? NO_LATENCY;
    this.#queue ??= [];
    const after = this.#queue.at(-1)?.atMs ?? 0;
    const atMs = Math.max(after, performance.now() + delayMs + this.#random() * jitterMs);
    this.#queue.push({ atMs, item });
    this.#queuedBytes += sizeOf(item);
    this.balance();
    if (this.#queue.length === 1) this.#wait();
  }

  #wait(): void {
    const first = this.#queue?.[0];
    if (!first || this.#isHeld) return;
    const delayMs = Math.max(0, first.atMs - performance.now());
    this.#stopTimer();
    this.#timer = setTimeout(() => this.#drain(), delayMs);
  }

  #drain(): void {
    const queue = this.#queue;
    if (queue === null) return;
    const due = performance.now() + 0.5;
    let left = 0;
    for (let next = queue[0]; next && next.atMs <= due; next = queue[left]) {
      // It stays in the queue until all have left, so that what comes meanwhile queues up behind them.
      this.#pass(next.item);
      if (this.#isDisposed) return;
      left += 1;
      this.#queuedBytes -= sizeOf(next.item);
    }
    // Once: of a queue that is long, each time moves all that are left.
    queue.splice(0, left);
    if (queue.length === 0) this.#queue = null;
    this.balance();
    this.#wait();
  }

  #pass(item: Item): void {
    if (item === 'end') {
      if (!this.#isCutOff) this.#to.end();
      this.#events.ended();
    } else if (item === 'break') {
      this.#events.broke();
    } else if (this.#isCutOff) {
      this.reader?.feed(item);
    } else if (this.#last !== null) {
      this.#passUpToLast(item, this.#last);
    } else {
      this.reader?.feed(item);
      this.#to.write(item);
      if (this.#isFull) this.balance();
    }
  }

  #passUpToLast(chunk: Buffer, last: Buffer): void {
    const taken = this.reader?.feed(chunk, true) ?? chunk.length;
    this.#to.write(chunk.subarray(0, taken));
    if (!this.reader?.isBetweenFrames) return;
    this.#leave(last);
    this.reader.feed(chunk.subarray(taken));
  }

  #leave(last: Buffer): void {
    this.#isCutOff = true;
    this.#to.write(last);
    // What the other end is not to have, nobody has to wait with.
    this.#from.resume();
  }

  /** A reader that is slow holds its writer back. To be called when it has drained. */
  balance(): void {
    if (this.#isDisposed) return;
    const isFull = this.#isFull && !this.#isCutOff;
    if (isFull || this.#queuedBytes > MAX_HELD_BYTES) this.#from.pause();
    else this.#from.resume();
  }

  get #isFull(): boolean {
    return this.#to.writableLength > MAX_UNSENT_BYTES;
  }

  #stopTimer(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

const NO_LATENCY: Latency = { delayMs: 0, jitterMs: 0 };

/** What a chunk takes beside its bytes: of a client that sends one by one, far more than these. */
const CHUNK_OVERHEAD_BYTES = 256;

const sizeOf = (item: Item): number =>
  typeof item === 'string' ? 0 : item.length + CHUNK_OVERHEAD_BYTES;
