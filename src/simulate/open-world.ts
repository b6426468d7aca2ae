import type { WriteLog } from '../core/records.ts';
import type { RunDirectory } from '../real/run-directory.ts';
import { ServerHandle } from '../real/server-handle.ts';
import type { SessionStorageStore } from '../real/session-storage.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { SocketsWorld } from '../worlds/sockets/world.ts';
import type { World } from '../worlds/world.ts';

export interface WorldOptions {
  scenario: Scenario;
  seed: number;
  directory: RunDirectory;
  store: SessionStorageStore;
  log: WriteLog<'client'>;
  /** The server ended, or could not write its log, and nobody asked for it. */
  onFailure(error: Error): void;
}

/** The world that a scenario asks for; nothing of it is started yet. */
export function openWorld({ scenario, seed, directory, ...options }: WorldOptions): World {
  const { settings, as } = scenario.clients;
  const { onFailure, log, store } = options;
  const server = new ServerHandle({
    settings: scenario.server,
    logFile: directory.server,
    seed,
    onFailure,
  });
  return new SocketsWorld(server, {
    settings,
    log,
    store,
    seed,
    as,
    restoresMs: longestAgo(scenario),
  });
}

/** How far back any fault has a browser bring back its storage. */
const longestAgo = ({ timeline }: Scenario): number =>
  Math.max(0, ...timeline.map(({ params }) => (typeof params.ago === 'number' ? params.ago : 0)));
