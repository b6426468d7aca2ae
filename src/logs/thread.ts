import { parentPort, workerData } from 'node:worker_threads';
import { UserError } from '../model/user-error.ts';
import { type Chunk, type ChunkTask, createChunkScanner, type ScanChunk } from './chunk.ts';
import { ChunkMemory } from './chunk-memory.ts';
import type { HashSeeds } from './hash.ts';

export interface ThreadData extends HashSeeds {
  memories: SharedArrayBuffer[];
}

/** A chunk: in which memory it lies, and where. */
export interface ChunkJob {
  memory: number;
  start: number;
  end: number;
  /** Set with the first chunk of a log that this thread sees. */
  task?: ChunkTask;
}

/** Something that a user can do something about, in place of an answer. */
export interface ThreadFailure {
  userError: string;
}

/** Something else to be done in a thread. */
export interface OtherJob {
  work: unknown;
}

/** What all jobs to come are about. */
export interface Sharing {
  share: unknown;
}

/** What a thread can do beside scanning. */
export interface Worker {
  share(value: unknown): void;
  work(job: unknown): unknown;
}

/** Serves as a worker thread that scans chunks, and does what else it is given to do. */
export function serve(worker?: Worker): void {
  const memories = (workerData as ThreadData).memories.map((memory) => new ChunkMemory(memory));
  let scan: ScanChunk | undefined;
  const scanned = ({ task, memory, start, end }: ChunkJob): Chunk | ThreadFailure => {
    try {
      if (task) scan = createChunkScanner(task);
      return (scan as ScanChunk)(memories[memory] as ChunkMemory, start, end);
    } catch (error) {
      // Of other errors the thread dies, and its end tells of them.
      if (error instanceof UserError) return { userError: error.message };
      throw error;
    }
  };
  parentPort?.on('message', (job: ChunkJob | OtherJob | Sharing) => {
    if ('share' in job) {
      worker?.share(job.share);
      return;
    }
    if ('work' in job) {
      parentPort?.postMessage(worker?.work(job.work));
      return;
    }
    parentPort?.postMessage(scanned(job));
  });
}
