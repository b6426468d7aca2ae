import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { UserError } from '../model/user-error.ts';
import { type Chunk, type ChunkTask, createChunkScanner } from './chunk.ts';
import { ChunkMemory } from './chunk-memory.ts';
import { HASH_SEEDS } from './hash.ts';
import type {
  ChunkJob,
  OtherJob,
  Sharing,
  ThreadData,
  ThreadFailure,
  Worker as ThreadWorker,
} from './thread.ts';

const ENTRY = fileURLToPath(new URL('./chunk-worker.js', import.meta.url));

/** More would wait for the one thread that folds over what they find. */
const MAX_THREADS = 4;

/** Scans chunks, each in memory that is free again when its rows have been looked at. */
export interface Scanners {
  /** As many chunks can be under way at once. */
  readonly memories: readonly ChunkMemory[];
  begin(task: ChunkTask): void;
  scan(memory: ChunkMemory, start: number, end: number): Promise<Chunk>;
  /** What all jobs to come are about; handed to each thread once. */
  share(value: unknown): void;
  /** Does the jobs, several at a time, and hands out what came of them in no order that holds. */
  work<J, R>(jobs: Iterable<J>, onDone: (result: R) => void): Promise<void>;
  /** Has each thread do that job, and hands out what came of it. */
  workEach<J, R>(job: J, onDone: (result: R) => void): Promise<void>;
  close(): Promise<void>;
}

/** What threads do beside scanning. */
export interface Work {
  /** The module that they run, which serves as a thread with such a worker. */
  entry: string | URL;
  /** The same, for where there are none. */
  worker: ThreadWorker;
}

/** Kept for the next who scans on this thread: to make one takes longer than to scan a small log. */
const spare: ChunkMemory[] = [];

/** On this thread: starting others takes longer than a small log does. */
export function scanHere(other?: Work): Scanners {
  const memory = spare.pop() ?? new ChunkMemory();
  let scanner: ReturnType<typeof createChunkScanner>;
  return {
    memories: [memory],
    begin(task) {
      scanner = createChunkScanner(task);
    },
    scan: async (memory, start, end) => scanner(memory, start, end),
    share: (value) => other?.worker.share(value),
    async work<J, R>(jobs: Iterable<J>, onDone: (result: R) => void) {
      for (const job of jobs) onDone(other?.worker.work(job) as R);
    },
    workEach: async (job, onDone) => onDone(other?.worker.work(job) as never),
    close: async () => {
      spare.push(memory);
    },
  };
}

/** On a thread for each core. */
export function scanInThreads(entry: string | URL = ENTRY): Scanners {
  const count = Math.min(MAX_THREADS, availableParallelism());
  // Each thread has one chunk in hand and one waiting; one is being read, and one visited.
  const memories = Array.from({ length: 2 * count + 2 }, () => new ChunkMemory());
  const threads = Array.from({ length: count }, () => new Thread(entry, memories));
  let next = 0;
  return {
    memories,
    begin(task) {
      for (const thread of threads) thread.begin(task);
    },
    scan(memory, start, end) {
      next = (next + 1) % threads.length;
      return (threads[next] as Thread).scan(memory, start, end);
    },
    share(value) {
      for (const thread of threads) thread.tell({ share: value });
    },
    async work<J, R>(jobs: Iterable<J>, onDone: (result: R) => void) {
      const queue = jobs[Symbol.iterator]();
      const take = async (thread: Thread) => {
        for (let job = queue.next(); !job.done; job = queue.next()) {
          onDone(await thread.ask<R>({ work: job.value }));
        }
      };
      // Each thread has one job in hand, and one waiting.
      await Promise.all([...threads, ...threads].map(take));
    },
    async workEach<J, R>(job: J, onDone: (result: R) => void) {
      const results = await Promise.all(threads.map((thread) => thread.ask<R>({ work: job })));
      for (const result of results) onDone(result);
    },
    close: async () => {
      await Promise.all(threads.map((thread) => thread.close()));
    },
  };
}

class Thread {
  readonly #memories: readonly ChunkMemory[];
  readonly #worker: Worker;
  readonly #waiting: { resolve(answer: unknown): void; reject(error: unknown): void }[] = [];
  #task: ChunkTask | undefined;
  #failure: Error | undefined;

  constructor(entry: string | URL, memories: readonly ChunkMemory[]) {
    this.#memories = memories;
    const workerData: ThreadData = {
      hashSeeds: HASH_SEEDS,
      memories: memories.map(({ memory }) => memory),
    };
    const fail = (error: Error) => this.#fail(error);
    this.#worker = new Worker(entry, { workerData })
      .on('message', (answer: unknown) => this.#onAnswer(answer))
      .on('messageerror', fail)
      .on('error', fail)
      .on('exit', (code) => fail(new Error(`a thread that read a log ended with code ${code}`)));
  }

  #onAnswer(answer: unknown): void {
    const { userError } = (answer ?? {}) as Partial<ThreadFailure>;
    const waiting = this.#waiting.shift();
    if (userError === undefined) waiting?.resolve(answer);
    else waiting?.reject(new UserError(userError));
  }

  begin(task: ChunkTask): void {
    this.#task = task;
  }

  scan(memory: ChunkMemory, start: number, end: number): Promise<Chunk> {
    const task = this.#task;
    this.#task = undefined;
    return this.ask({ memory: this.#memories.indexOf(memory), start, end, task });
  }

  ask<R>(job: ChunkJob | OtherJob): Promise<R> {
    // It would wait for ever for an answer.
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve: resolve as (answer: unknown) => void, reject });
      this.#worker.postMessage(job);
    });
  }

  tell(sharing: Sharing): void {
    this.#worker.postMessage(sharing);
  }

  close(): Promise<number> {
    return this.#worker.terminate();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }
}
