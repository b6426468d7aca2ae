import path from 'node:path';
import type { NatsConnection } from '@nats-io/transport-node';
import { onTestFinished } from 'vitest';
import { connectNats } from '../../src/fleet/connect.ts';
import { Coordinator, type CoordinatorOptions } from '../../src/fleet/coordinator.ts';
import { Worker, type WorkerOptions } from '../../src/fleet/worker.ts';
import { loadScenario } from '../../src/scenario/index.ts';
import { simulate } from '../../src/simulate/index.ts';
import { runDirectoryIn } from './cli.ts';
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

/** A storm of two workers, whose coordinator is in this process. */
export function playStorm(url: string, text: string, options: Partial<CoordinatorOptions> = {}) {
  const loaded = loadScenario(text, null);
  if ('problems' in loaded) throw new Error('no sound scenario');
  const { scenario } = loaded;
  const out = temporaryDirectory();
  const notes: string[] = [];
  const storm = { connected: 0, ended: play() };
  return storm;

  async function play() {
    const nats = await connectTo(url);
    const coordinator = new Coordinator(nats, {
      workers: 2,
      onLost: 'stop',
      waitMs: 30_000,
      collectWithinMs: 30_000,
      onNote: (note) => notes.push(note),
      ...options,
    });
    const result = await simulate({
      scenario,
      text,
      seed: scenario.seed ?? 1,
      replay: () => '',
      command: 'wsdiag',
      out,
      signal: new AbortController().signal,
      play: (run) => coordinator.play(run),
      onProgress: ({ connected }) => {
        storm.connected = connected;
      },
    });
    return { result, notes, directory: runDirectoryIn(out) };
  }
}

/** For storms that are to lose nobody: on a machine that stands still for two seconds, a worker is lost, as it should be. */
export const AGAIN = { retry: 2 };
