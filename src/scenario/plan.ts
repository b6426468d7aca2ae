import { randomFor } from '../core/random.ts';
import { type FaultName, stepsOf } from '../faults/index.ts';
import {
  type Portion,
  portionSize,
  type Scenario,
  type TimelineEntry,
  timesMs,
} from './scenario.ts';

/** One occurrence of a fault. */
export interface PlannedHit {
  atMs: number;
  /** Position in the timeline, from 0. */
  entry: number;
  fault: FaultName;
  params: Record<string, unknown>;
  clients: ClientNumber[] | 'all';
}

/** Clients count from 1, as in `client-1`. */
export type ClientNumber = number;

/** What a scenario and a seed come to: who is hit by what, and when. */
export interface Plan {
  seed: number;
  /** First dials, in order. */
  dials: { atMs: number; client: ClientNumber }[];
  /** Clients that have the scenario's defect, in order. */
  defective: ClientNumber[];
  /** In order of time, then of entry. */
  hits: PlannedHit[];
}

/**
 * Whether a run's sessions have ids of its seed. A target may remember those of an earlier run, and so may a storage:
 * the same id, at 1 again, would look like a client that lost count. Their sessions have new ids in each run.
 */
export const hasIdsOfSeed = ({ target }: Scenario, hasOlderStorage: boolean): boolean =>
  target === undefined && !hasOlderStorage;

/** The same for the same scenario and seed. */
export function makePlan(scenario: Scenario, seed: number): Plan {
  const { count, rampUpMs, defect } = scenario.clients;
  const label = labels();
  return {
    seed,
    dials: everyone(count).map((client) => ({
      atMs: Math.round(((client - 1) * rampUpMs) / count),
      client,
    })),
    defective: defect ? choose(defect.portion, count, randomFor(seed, 'defect')) : [],
    hits: scenario.timeline
      .flatMap((entry, index) => hitsOf(entry, index, scenario, seed, label))
      .toSorted((a, b) => a.atMs - b.atMs || a.entry - b.entry),
  };
}

/** Every repetition within one occurrence (the presses of F5, say) hits the same clients. */
function hitsOf(
  { fault, params, portion, when }: TimelineEntry,
  entry: number,
  { clients: { count }, nodes }: Scenario,
  seed: number,
  label: (fault: FaultName, timeMs: number) => string,
): PlannedHit[] {
  const steps = stepsOf(fault, params, nodes.count);
  return timesMs(when).flatMap((timeMs) => {
    const random = randomFor(seed, label(fault, timeMs));
    const clients = portion === 'all' ? portion : choose(portion, count, random);
    return steps.map(({ afterMs, params }) => ({
      atMs: timeMs + afterMs,
      entry,
      fault,
      params,
      clients,
    }));
  });
}

/**
 * Names the draw of one occurrence by its fault and time, not by its place in the file, so that
 * an entry more or less changes nobody else's draw. Namesakes are numbered.
 */
function labels(): (fault: FaultName, timeMs: number) => string {
  const taken = new Map<string, number>();
  return (fault, timeMs) => {
    const label = `${fault}@${timeMs}`;
    const nth = taken.get(label) ?? 0;
    taken.set(label, nth + 1);
    return `${label}#${nth}`;
  };
}

const everyone = (count: number): ClientNumber[] => Array.from({ length: count }, (_, i) => i + 1);

/** Distinct clients, in order. R. W. Floyd's sampling: as many draws as there are chosen. */
function choose(portion: Portion, count: number, random: () => number): ClientNumber[] {
  if (portion === 'all') return everyone(count);
  const chosen = new Set<ClientNumber>();
  for (let last = count - portionSize(portion, count) + 1; last <= count; last++) {
    const client = 1 + Math.floor(random() * last);
    chosen.add(chosen.has(client) ? last : client);
  }
  return [...chosen].toSorted((a, b) => a - b);
}
