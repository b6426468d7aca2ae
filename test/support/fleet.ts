import path from 'node:path';
import type { NatsConnection } from '@nats-io/transport-node';
import { onTestFinished } from 'vitest';
import { connectNats } from '../../src/fleet/connect.ts';
import { Worker, type WorkerOptions } from '../../src/fleet/worker.ts';
import { temporaryDirectory } from './world.ts';

export interface TestWorker {
  worker: Worker;
  nats: NatsConnection;
  /** What its user was told. */
  notes: string[];
  directory: string;
}

/** A worker in this process, which ends with the test. */
export async function startWorker(
  url: string,
  options: Partial<WorkerOptions> = {},
): Promise<TestWorker> {
  const nats = await connectNats({ url, name: 'worker', env: {} });
  const directory = path.join(temporaryDirectory(), 'logs');
  const notes: string[] = [];
  const worker = new Worker(nats, {
    name: 'worker',
    allowRemote: [],
    maxDialsPerSecond: null,
    capacity: {
      max_clients: 1000,
      open_files: null,
      ports: null,
      free_memory_bytes: 1e9,
      dials_per_second: 1000,
    },
    directory,
    note: (note) => notes.push(note),
    ...options,
  });
  onTestFinished(() => worker.close());
  return { worker, nats, notes, directory };
}

/** A connection that ends with the test. */
export async function connectTo(url: string): Promise<NatsConnection> {
  const nats = await connectNats({ url, name: 'test', env: {} });
  onTestFinished(() => nats.close());
  return nats;
}
