import type { ClientAs } from '../core/habits.ts';
import {
  type BalancePolicy,
  type ClientSettings,
  DEFAULT_HEARTBEAT_TIMEOUT_MS,
  type Defect,
  type ServerSettings,
} from '../core/settings.ts';
import { sizeOfShare } from '../core/share.ts';
import { type FaultName, faultNamed } from '../faults/index.ts';
import type { Evidence } from '../model/findings.ts';
import { type Bound, type Expectations, isMetric } from '../model/metrics.ts';
import { OBSERVATION_NAMES, type ObservationName } from '../model/observations.ts';
import { optionsOf } from '../protocols/index.ts';
import type { Path } from '../yaml/path.ts';
import type { ScenarioFile } from './schema.ts';
import { type Target, type TargetFile, toTarget } from './target.ts';

/** Which clients: `share` is 0 to 1. */
export type Portion = 'all' | { share: number } | { count: number };

/** Milliseconds from the start of the run; `untilMs` itself is left out. */
export type When = { atMs: number } | { everyMs: number; fromMs: number; untilMs: number };

export interface TimelineEntry {
  fault: FaultName;
  /** As the fault's own schema gives them. */
  params: Record<string, unknown>;
  when: When;
  /** `all` for faults that happen to the server. */
  portion: Portion;
}

/** A scenario with every default filled in. */
export interface Scenario {
  name: string;
  description: string;
  /** null where the file leaves it to the run. */
  seed: number | null;
  durationMs: number;
  settleMs: number;
  /** By how much the clocks of several workers may move. */
  skewMs: number;
  clients: {
    count: number;
    as: ClientAs;
    rampUpMs: number;
    settings: ClientSettings;
    defect: { name: Defect; portion: Portion } | null;
  };
  server: ServerSettings;
  /** Of the server. */
  nodes: { count: number; balance: BalancePolicy };
  /** In place of the reference server. */
  target?: Target;
  timeline: TimelineEntry[];
  expect: Expectations;
}

/** Where a key stands in the file; undefined for what is no file's. */
export type PlaceOf = (path: Path) => Evidence | undefined;

export function toScenario(file: ScenarioFile, placeOf: PlaceOf): Scenario {
  return {
    name: file.name,
    description: file.description,
    seed: file.seed ?? null,
    durationMs: file.duration,
    settleMs: file.settle,
    skewMs: file.skew,
    clients: toClients(file.clients, file.target),
    server: { ...toServer(file.server), pingMessageMs: pingMessageMs(file.clients.heartbeat) },
    nodes: { count: file.server.nodes, balance: file.server.balance },
    ...(file.target && { target: toTarget(file.target) }),
    timeline: file.timeline.map((entry) => toEntry(entry, file.duration)),
    expect: toExpectations(file.expect, placeOf),
  };
}

/** The protocol's pings are what its clients go by, in Node too. */
const hasOwnHeartbeat = (protocol: TargetFile['protocol']): boolean =>
  protocol !== undefined &&
  optionsOf(typeof protocol === 'string' ? protocol : protocol.name) !== undefined;

function toClients(
  { backoff, defect, heartbeat, ...file }: ScenarioFile['clients'],
  target: TargetFile | undefined,
) {
  const ownHeartbeat = hasOwnHeartbeat(target?.protocol);
  const settings: ClientSettings = {
    handshake: file.handshake,
    backoff: {
      policy: backoff.policy,
      baseMs: backoff.policy === 'uniform' ? backoff.min : backoff.base,
      maxMs: backoff.max,
    },
    connectTimeoutMs: file.connect_timeout,
    heartbeatTimeoutMs:
      ownHeartbeat && heartbeat === undefined
        ? null
        : heartbeatTimeoutMs(file.as, heartbeat, target),
    reset: file.reset,
    minUptimeMs: file.min_uptime,
    waitOnMs: file.wait_on,
    stopOn: file.stop_on,
  };
  return {
    count: file.count,
    as: file.as,
    rampUpMs: file.ramp_up,
    settings,
    defect: defect ? { name: defect.name, portion: toPortion(defect) } : null,
  };
}

type Heartbeat = ScenarioFile['clients']['heartbeat'];

/** A page hears messages alone, and learns from the reference server's welcome how often they come. */
function heartbeatTimeoutMs(
  as: ClientAs,
  heartbeat: Heartbeat,
  target: TargetFile | undefined,
): number | null {
  if (heartbeat === 'none') return null;
  const { message, timeout } = heartbeat ?? {};
  if (timeout !== undefined) return timeout;
  if (message !== undefined) return target ? 2 * message : null;
  return as === 'node' ? DEFAULT_HEARTBEAT_TIMEOUT_MS : null;
}

const pingMessageMs = (heartbeat: Heartbeat): number | null =>
  heartbeat === undefined || heartbeat === 'none' ? null : (heartbeat.message ?? null);

function toServer(file: ScenarioFile['server']): Omit<ServerSettings, 'pingMessageMs'> {
  return {
    heartbeatIntervalMs: file.heartbeat.interval,
    heartbeatTimeoutMs: file.heartbeat.timeout,
    handshakeTimeoutMs: file.handshake_timeout,
    maxHandshakesPerSecond: file.max_handshakes_per_second ?? null,
    maxPending: file.admission
      ? { count: file.admission.max_pending, status: file.admission.reject_with }
      : null,
    idleTimeoutMs: file.idle_timeout ?? null,
    maxConnectionAgeMs: file.max_connection_age ?? null,
  };
}

export function toEntry(
  entry: ScenarioFile['timeline'][number],
  durationMs: number,
): TimelineEntry {
  const { params: schema, target } = faultNamed(entry.fault);
  const own = Object.entries(entry).filter(([key]) => Object.hasOwn(schema.shape, key));
  return {
    fault: entry.fault,
    params: Object.fromEntries(own),
    when: toWhen(entry, durationMs),
    portion: target === 'server' ? 'all' : toPortion(entry),
  };
}

/** `at`, or `every` with or without its limits. */
interface Timing {
  at?: number | undefined;
  every?: number | undefined;
  from?: number | undefined;
  until?: number | undefined;
}

export function toWhen({ at, every, from, until }: Timing, durationMs: number): When {
  return every === undefined
    ? { atMs: at ?? 0 }
    : { everyMs: every, fromMs: from ?? every, untilMs: until ?? durationMs };
}

interface Chosen {
  share?: number | undefined;
  count?: number | undefined;
}

function toPortion({ share, count }: Chosen): Portion {
  if (share !== undefined) return { share };
  return count === undefined ? 'all' : { count };
}

/** How many of `total` that is. */
export function portionSize(portion: Portion, total: number): number {
  if (portion === 'all') return total;
  return 'count' in portion ? portion.count : sizeOfShare(portion.share, total);
}

/** How often an entry happens. */
export function timesCount(when: When): number {
  if ('atMs' in when) return 1;
  return Math.max(0, Math.ceil((when.untilMs - when.fromMs) / when.everyMs));
}

/** When it happens for the nth time, from 0. */
export function nthTimeMs(when: When, n: number): number {
  return 'atMs' in when ? when.atMs : when.fromMs + n * when.everyMs;
}

export const timesMs = (when: When): number[] =>
  Array.from({ length: timesCount(when) }, (_, n) => nthTimeMs(when, n));

function toExpectations(
  { findings, observations, ...bounds }: ScenarioFile['expect'],
  placeOf: PlaceOf,
): Expectations {
  return {
    bounds: Object.entries(bounds).flatMap(([metric, bound]): Bound[] =>
      bound && isMetric(metric) ? [{ metric, ...bound, ...at(placeOf(['expect', metric])) }] : [],
    ),
    findings,
    observations: observations === 'none' ? OBSERVATION_NAMES : observed(observations),
  };
}

const at = (where: Evidence | undefined) => (where ? { where } : {});

const observed = (names: Partial<Record<ObservationName, 'none'>>): ObservationName[] =>
  OBSERVATION_NAMES.filter((name) => names[name] !== undefined);
