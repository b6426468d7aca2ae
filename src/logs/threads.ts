import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type Chunk, type ChunkTask, createChunkScanner } from './chunk.ts';
import type { ChunkJob, ThreadData } from './chunk-worker.ts';
import { Columns } from './columns.ts';
import { HASH_SEEDS } from './hash.ts';

const ENTRY = fileURLToPath(new URL('./chunk-worker.js', import.meta.url));

/** More would wait for the one thread that folds over what they find. */
const MAX_THREADS = 4;

/** Scans chunks, each in columns that are free again when its rows have been looked at. */
export interface Scanners {
  /** As many chunks can be under way at once. */
  readonly columns: readonly Columns[];
  begin(task: ChunkTask): void;
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

/**
 * On a thread for each core.
 *
 * @param entry what the threads run
 */
export function scanInThreads(entry: string | URL = ENTRY): Scanners {
  const count = Math.min(MAX_THREADS, availableParallelism());
  // Each thread has one chunk in hand and one waiting; one is being read, and one visited.
  const columns = Array.from({ length: 2 * count + 2 }, () => new Columns());
  const threads = Array.from({ length: count }, () => startThread(entry, columns));
  let next = 0;
  return {
    columns,
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

type Thread = ReturnType<typeof startThread>;

function startThread(entry: string | URL, all: readonly Columns[]) {
  const workerData: ThreadData = {
    hashSeeds: HASH_SEEDS,
    memories: all.map(({ memory }) => memory),
  };
  const worker = new Worker(entry, { workerData });
  const waiting: { resolve(chunk: Chunk): void; reject(error: unknown): void }[] = [];
  let task: ChunkTask | undefined;
  let failure: Error | undefined;
  const fail = (error: Error) => {
    failure ??= error;
    for (const { reject } of waiting.splice(0)) reject(failure);
  };
  worker
    .on('message', (chunk: Chunk) => waiting.shift()?.resolve(chunk))
    .on('messageerror', fail)
    .on('error', fail)
    .on('exit', (code) => fail(new Error(`a thread that read a log ended with code ${code}`)));
  return {
    begin(next: ChunkTask) {
      task = next;
    },
    scan(columns: Columns, start: number, end: number): Promise<Chunk> {
      // It would wait for ever for an answer.
      if (failure) return Promise.reject(failure);
      const job: ChunkJob = { columns: all.indexOf(columns), start, end, task };
      task = undefined;
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        worker.postMessage(job);
      });
    },
    close: () => worker.terminate(),
  };
}
