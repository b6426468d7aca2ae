import type { WriteLog } from '../core/records.ts';
import type { ServerControl } from '../core/world.ts';
import type { ClientNumber } from '../scenario/plan.ts';
import type { StormedServer } from '../worlds/sockets/stormed-server.ts';

/**
 * What this process has of a storm that several play at once, each with the whole plan: the coordinator has the
 * server, and workers have the tabs.
 */
export interface Part {
  /** Which worker it is, from 1; null for the coordinator. */
  worker: number | null;
  /** How many workers there are. */
  workers: number;
  /** Whose tabs are here. */
  clients: readonly ClientNumber[];
  /** For a worker: the server that the coordinator has. Default: one of its own. */
  server?: StormedServer;
  /** What log lines have for the time, milliseconds since the epoch. Default: this machine's clock. */
  now?: (() => number) | undefined;
  /**
   * The server listens, and tabs are open. Resolves with the moment at which the plan begins, by this
   * process's `performance.now()`.
   */
  ready(url: string, log: WriteLog<'faults'>, server: ServerControl): Promise<number>;
  /** Resolves once the server has done all that it was told: for a worker, elsewhere. */
  caughtUp?(): Promise<void>;
  /** The plan is over, and the tabs that are here are gone: resolves once the server may go. */
  ended(): Promise<void>;
}
