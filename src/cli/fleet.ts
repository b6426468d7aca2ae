import { UsageError } from '../model/user-error.ts';
import type { Scenario } from '../scenario/index.ts';
import type { StormOptions } from '../simulate/index.ts';
import type { Shell } from './shell.ts';

export interface FleetOptions {
  nats?: string;
  workers?: number;
  localWorkers?: number;
  onLost?: 'stop' | 'continue';
  allowRemote?: string[];
  storage?: string;
}

type Play = NonNullable<StormOptions['play']>;

/** Workers that play, one storm after the other. */
export interface OpenFleet {
  player(note: (text: string) => void): Play;
  close(): Promise<void>;
}

/** How long to wait for workers to be there. */
const WAIT_MS = 10_000;
/** How long to wait for logs of those that are silent. */
const COLLECT_WITHIN_MS = 30_000;

/**
 * Who plays the clients, where it is not this process. What speaks NATS is loaded for that alone.
 *
 * @throws UsageError for options that do not go together
 */
export async function openFleet(
  { nats: url, workers, localWorkers, onLost, allowRemote = [], storage }: FleetOptions,
  storms: readonly { scenario: Scenario }[],
  signal: AbortSignal,
  shell: Shell,
): Promise<OpenFleet | null> {
  if (workers === undefined && localWorkers === undefined) {
    if (url !== undefined) throw new UsageError('--nats needs to know how many: add --workers 2');
    if (onLost !== undefined) throw new UsageError('--on-lost is for workers: add --workers 2');
    return null;
  }
  if (storage !== undefined) {
    throw new UsageError(
      '--storage and workers do not go together: workers begin their sessions anew in each run',
    );
  }
  if (localWorkers === undefined) requireTargets(storms);
  const { Coordinator, connectNats, findWorkers, startLocalFleet } = await import(
    '../fleet/index.ts'
  );
  const count = (localWorkers ?? workers) as number;
  const local =
    localWorkers === undefined
      ? null
      : await startLocalFleet(localWorkers, { env: shell.env, allowRemote });
  const nats =
    local?.nats ?? (await connectNats({ url, name: 'wsdiag coordinator', env: shell.env }));
  const close = () => local?.stop() ?? nats.close();
  try {
    // Told before there is a directory to leave behind.
    await findWorkers(nats, count, { withinMs: WAIT_MS, signal });
  } catch (error) {
    await close();
    throw error;
  }
  return {
    player: (onNote) => (options) =>
      new Coordinator(nats, {
        workers: count,
        onLost: onLost ?? 'continue',
        waitMs: WAIT_MS,
        collectWithinMs: COLLECT_WITHIN_MS,
        keptBy: local?.keptBy,
        onNote,
      }).play(options),
    close,
  };
}

/** The reference server listens on its own machine alone. */
function requireTargets(storms: readonly { scenario: Scenario }[]): void {
  if (storms.every(({ scenario }) => scenario.target !== undefined)) return;
  throw new UsageError(
    'workers on other machines need a server that they can reach: name it with --target; on this machine alone, ' +
      'use --local-workers',
  );
}
