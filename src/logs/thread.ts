import { parentPort, workerData } from 'node:worker_threads';
import { type ChunkTask, createChunkScanner, type ScanChunk } from './chunk.ts';
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
  parentPort?.on('message', (job: ChunkJob | OtherJob | Sharing) => {
    if ('share' in job) {
      worker?.share(job.share);
      return;
    }
    if ('work' in job) {
      parentPort?.postMessage(worker?.work(job.work));
      return;
    }
    if (job.task) scan = createChunkScanner(job.task);
    parentPort?.postMessage(scan?.(memories[job.memory] as ChunkMemory, job.start, job.end));
  });
}
