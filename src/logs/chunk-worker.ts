/** A worker thread that scans chunks: a task for each log, then its chunks. */
import { parentPort, workerData } from 'node:worker_threads';
import { type ChunkTask, createChunkScanner, type ScanChunk } from './chunk.ts';
import { Columns } from './columns.ts';
import type { HashSeeds } from './hash.ts';

export interface ThreadData extends HashSeeds {
  /** Of all columns. */
  memories: SharedArrayBuffer[];
}

/** A chunk: in which columns it lies, and where. */
export interface ChunkJob {
  columns: number;
  start: number;
  end: number;
  /** Set with the first chunk of a log that this thread sees. */
  task?: ChunkTask;
}

const columns = (workerData as ThreadData).memories.map((memory) => new Columns(memory));
let scan: ScanChunk | undefined;

parentPort?.on('message', ({ columns: index, start, end, task }: ChunkJob) => {
  if (task) scan = createChunkScanner(task);
  parentPort?.postMessage(scan?.(columns[index] as Columns, start, end));
});
