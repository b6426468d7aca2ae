/** A worker thread that scans chunks: a task for each log, then its chunks. */
import { parentPort } from 'node:worker_threads';
import { type ChunkTask, createChunkScanner, type ScanChunk } from './chunk.ts';
import { Columns } from './columns.ts';

/** Of a chunk: where it lies, and its bytes. */
export interface ChunkJob {
  memory: SharedArrayBuffer;
  start: number;
  end: number;
  /** Set with the first chunk of a log that this thread sees. */
  task?: ChunkTask;
}

let scan: ScanChunk | undefined;
const known = new Map<SharedArrayBuffer, Columns>();

parentPort?.on('message', ({ memory, start, end, task }: ChunkJob) => {
  if (task) scan = createChunkScanner(task);
  const columns = known.get(memory) ?? new Columns(memory);
  known.set(memory, columns);
  parentPort?.postMessage(scan?.(columns, start, end));
});
