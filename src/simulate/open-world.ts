import fs from 'node:fs';
import type { WriteLog } from '../core/records.ts';
import { sessionIdOf } from '../core/session-ids.ts';
import type { FaultName } from '../faults/index.ts';
import { UserError } from '../model/user-error.ts';
import type { RunDirectory } from '../real/run-directory.ts';
import { makeSecret, ServerHandle } from '../real/server-handle.ts';
import type { SessionStorageStore } from '../real/session-storage.ts';
import { hasIdsOfSeed } from '../scenario/plan.ts';
import type { Scenario, TimelineEntry } from '../scenario/scenario.ts';
import { Cluster } from '../worlds/sockets/cluster.ts';
import type { StormedServer } from '../worlds/sockets/stormed-server.ts';
import { lackingOf, Target } from '../worlds/sockets/target.ts';
import { SocketsWorld } from '../worlds/sockets/world.ts';
import type { Lacking, World } from '../worlds/world.ts';
import type { Part } from './part.ts';
import type { PreparedTarget } from './prepare-target.ts';

export interface WorldOptions {
  scenario: Scenario;
  /** The storage is an earlier run's, too. */
  hasOlderStorage: boolean;
  /** The scenario's target, where it has one. */
  prepared: PreparedTarget | null;
  /** What of the storm is played here. */
  part: Part | undefined;
  seed: number;
  directory: RunDirectory;
  store: SessionStorageStore;
  log: WriteLog<'client'>;
  faultLog: WriteLog<'faults'>;
  /** A target was asked to end, and ended in another way. */
  onOddEnd(what: string): void;
  /** The server ended, or could not write its log, and nobody asked for it. */
  onFailure(error: Error): void;
}

/**
 * Finds what a scenario asks for that its world can't do.
 *
 * @throws UserError
 */
export function requireFaults({ timeline, target }: Scenario): void {
  if (!target) return;
  const lacking: Lacking = {
    ...lackingOf(target),
    ...(timeline.some(isCloseByServer) && {
      close: 'closes nobody because wsdiag says so: use `by: client`',
    }),
    ...(timeline.some(isDrain) && { restart_server: 'drains in its own way: leave `drain` out' }),
  };
  const index = timeline.findIndex(({ fault }) => lacking[fault] !== undefined);
  const entry = timeline[index];
  if (!entry) return;
  throw new UserError(
    `entry ${index + 1} of the timeline is ${entry.fault}, which can't be injected into a target that ${lacking[entry.fault]}`,
  );
}

const isCloseByServer = ({ fault, params }: TimelineEntry): boolean =>
  fault === 'close' && params.by === 'server';

const isDrain = ({ fault, params }: TimelineEntry): boolean =>
  fault === 'restart_server' && params.drain !== undefined;

/** Two of a balancer, for each client, where the reference server is. */
export const serverSockets = ({ nodes }: Scenario): number => (nodes.count > 1 ? 2 : 0);

/** A client's own, and two of a proxy that stands before a target. */
export const clientSockets = ({ target, timeline }: Scenario): number =>
  target !== undefined && isProxied(timeline) ? 3 : 1;

const isProxied = (timeline: readonly TimelineEntry[]): boolean =>
  timeline.some(({ fault }) => OF_PROXY.has(fault));

/** The world that a scenario asks for; nothing of it is started yet. */
export function openWorld(options: WorldOptions): World {
  const { scenario, prepared, part, hasOlderStorage, seed, log, store } = options;
  const { settings, as } = scenario.clients;
  const server =
    part?.server ?? (prepared ? targetOf(prepared, options) : referenceServerOf(options));
  return new SocketsWorld(server, {
    settings: prepared ? { ...settings, handshake: prepared.handshake } : settings,
    log,
    store,
    seed,
    ...(hasIdsOfSeed(scenario, hasOlderStorage) && {
      sessionId: (client, nth) => sessionIdOf(seed, client, nth),
    }),
    as,
    restoresMs: longestAgo(scenario),
    processes: part?.workers ?? 1,
  });
}

function referenceServerOf({ scenario, directory, seed, onFailure }: WorldOptions): StormedServer {
  const { count, balance } = scenario.nodes;
  const options = { settings: scenario.server, seed, onFailure };
  if (count === 1) return new ServerHandle({ ...options, logFile: directory.server });
  const secret = makeSecret();
  const nodes = Array.from({ length: count }, (_, index) => {
    const node = index + 1;
    return new ServerHandle({
      ...options,
      secret,
      node,
      seed: seed + index,
      logFile: directory.nodeLog(node),
    });
  });
  return new Cluster(nodes, balance);
}

/** What only what stands before a server can do to it. */
const OF_PROXY: ReadonlySet<FaultName> = new Set([
  'reject_handshakes',
  'stall_handshakes',
  'close_on_open',
]);

function targetOf(
  { target, start, url, server, logFormat }: PreparedTarget,
  { scenario, directory, seed, faultLog, onOddEnd, onFailure }: WorldOptions,
): StormedServer {
  if (logFormat !== null) fs.writeFileSync(directory.targetLogFormat, logFormat);
  return new Target({
    url,
    shown: target.url,
    server,
    start,
    isProxied: isProxied(scenario.timeline),
    seed,
    log: target.log?.from,
    copy: directory.targetLog,
    faultLog,
    onOddEnd,
    onFailure,
  });
}

/** How far back any fault has a browser bring back its storage. */
const longestAgo = ({ timeline }: Scenario): number =>
  Math.max(0, ...timeline.map(({ params }) => (typeof params.ago === 'number' ? params.ago : 0)));
