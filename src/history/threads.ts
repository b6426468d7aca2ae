import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type Chunk, type ChunkTask, createChunkScanner } from './chunk.ts';
import type { ChunkJob } from './chunk-worker.ts';
import { Columns } from './columns.ts';

const ENTRY = fileURLToPath(new URL('./chunk-worker.js', import.meta.url));

/** More would wait for the one thread that folds over what they find. */
const MAX_THREADS = 4;

/** Scans chunks, each in columns that are free again when its rows have been looked at. */
export interface Scanners {
  /** As many chunks can be under way at once. */
  readonly columns: readonly Columns[];
  begin(task: ChunkTask): void;
  /** Chunks come back in the order they were given. */
  scan(columns: Columns, start: number, end: number): Promise<Chunk>;
  close(): Promise<void>;
}

/** On this thread: starting others takes longer than a small log does. */
export function scanHere(): Scanners {
  let scanner: ReturnType<typeof createChunkScanner>;
  return {
    columns: [new Columns()],
    begin(task) {
      scanner = createChunkScanner(task);
    },
    scan: async (columns, start, end) => scanner(columns, start, end),
    close: async () => {},
  };
}

/** On a thread for each core. */
export function scanInThreads(): Scanners {
  const threads = Array.from({ length: Math.min(MAX_THREADS, availableParallelism()) }, thread);
  let next = 0;
  return {
    // Each thread has one chunk in hand and one waiting, and one is being folded over.
    columns: Array.from({ length: 2 * threads.length + 1 }, () => new Columns()),
    begin(task) {
      for (const thread of threads) thread.begin(task);
    },
    scan(columns, start, end) {
      next = (next + 1) % threads.length;
      return (threads[next] as Thread).scan(columns, start, end);
    },
    close: async () => {
      await Promise.all(threads.map((thread) => thread.close()));
    },
  };
}

type Thread = ReturnType<typeof thread>;

function thread() {
  const worker = new Worker(ENTRY);
  const waiting: { resolve(chunk: Chunk): void; reject(error: unknown): void }[] = [];
  let task: ChunkTask | undefined;
  worker.on('message', (chunk: Chunk) => waiting.shift()?.resolve(chunk));
  worker.on('error', (error) => {
    for (const { reject } of waiting.splice(0)) reject(error);
  });
  return {
    begin(next: ChunkTask) {
      task = next;
    },
    scan({ memory }: Columns, start: number, end: number): Promise<Chunk> {
      const job: ChunkJob = { memory, start, end, task };
      task = undefined;
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        worker.postMessage(job);
      });
    },
    close: () => worker.terminate(),
  };
}
