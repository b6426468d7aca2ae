import { setTimeout as sleep } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/transport-node';
import { WSDIAG_VERSION } from '../real/version.ts';
import { EnvironmentError } from '../simulate/errors.ts';
import { isGone } from './member.ts';
import { isSameVersion, parseMessage, SUBJECTS, type WorkerInfo, workerInfo } from './messages.ts';

const ANSWERS_WITHIN_MS = 400;

/** Who is there, by name. @throws EnvironmentError where NATS does not let one ask */
export async function listWorkers(nats: NatsConnection): Promise<WorkerInfo[]> {
  const workers = new Map<string, WorkerInfo>();
  try {
    const answers = await nats.requestMany(SUBJECTS.who, '', {
      strategy: 'timer',
      maxWait: ANSWERS_WITHIN_MS,
    });
    for await (const { data } of answers) {
      const info = infoIn(data);
      if (info) workers.set(info.id, info);
    }
  } catch (error) {
    if (!isGone(error)) {
      throw new EnvironmentError(`can't ask who is there: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }
  return [...workers.values()].toSorted((one, other) => one.name.localeCompare(other.name));
}

/** null for what is none: anybody may answer. */
function infoIn(data: Uint8Array): WorkerInfo | null {
  try {
    return parseMessage(workerInfo, data);
  } catch {
    return null;
  }
}

/**
 * As many workers as are asked for that are free, and of this version.
 *
 * @throws EnvironmentError where they do not come in time
 */
export async function findWorkers(
  nats: NatsConnection,
  wanted: number,
  { withinMs, signal }: { withinMs: number; signal: AbortSignal },
): Promise<WorkerInfo[]> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const all = await listWorkers(nats);
    const free = all.filter((worker) => !worker.busy && isSameVersion(worker));
    if (free.length >= wanted) return free.slice(0, wanted);
    if (signal.aborted || performance.now() > deadline) throw tooFew(all, free.length, wanted);
    await sleep(ANSWERS_WITHIN_MS / 2);
  }
}

function tooFew(all: readonly WorkerInfo[], free: number, wanted: number): EnvironmentError {
  const busy = all.filter((worker) => worker.busy).length;
  const others = all.filter((worker) => !isSameVersion(worker));
  const why = [
    ...(busy > 0 ? [`${busy} busy`] : []),
    ...others.map(({ name, wsdiag_version }) => `${name} is wsdiag ${wsdiag_version}`),
  ];
  const reasons = why.length === 0 ? '' : ` (${why.join(', ')}; this is ${WSDIAG_VERSION})`;
  return new EnvironmentError(
    `${wanted} workers are asked for, and ${free} ${free === 1 ? 'is' : 'are'} free${reasons}; ` +
      'start more with `wsdiag worker --nats …`',
  );
}
