/**
 * What may be done to logs without changing what is found about their sessions: no oracle needs to say what
 * that is. Each change is one of logs as lines, or of how they lie on disk.
 */
import fs from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect } from 'vitest';
// Long logs are read by threads, which are started from what is built.
import { findSources } from '../../dist/logs/index.js';
import { judgeLogs } from '../../dist/simulate/judge.js';
import { randomFor } from '../../src/core/random.ts';
import { LOG_FILES, type LogName } from '../../src/core/records.ts';
import type { Finding, Verdict } from '../../src/model/findings.ts';
import { judge } from '../judge/judging.ts';
import type { Line } from '../judge/world.ts';
import {
  below,
  defectiveLogs,
  groupsOf,
  ID_FIELDS,
  isOfProcess,
  type Kind,
  type Logs,
  pick,
  type Random,
  type Size,
  soundRun,
} from './defective-logs.ts';
import { temporaryDirectory } from './world.ts';

interface Judged {
  /** undefined where it stands on more than the logs. */
  verdict: Verdict | undefined;
  findings: Finding[];
}

/** Changed logs, and how to judge them. */
interface Changed {
  logs: Logs;
  judge?(logs: Logs): Judged | Promise<Judged>;
  /** What an id was called before. */
  nameOf?(name: string): string;
}

/** How much is done to logs, in sessions or parts. */
export interface Extent {
  others: number;
}

type Property = (logs: Logs, random: Random, extent: Extent) => Changed;

export const PROPERTIES: Record<string, Property> = {
  'unrelated sound sessions are added': (logs, random, { others }) => ({
    logs: withUnrelated(logs, soundRun(random, { tabs: others, steps: 4 * others }, true), random),
  }),
  'ids are renamed': renamed,
  'sessions that share nothing are interleaved in another way': (logs, random) => ({
    logs: interleaved(logs, random),
  }),
  'one log’s clock is moved': (logs, random) => ({ logs: withMovedClock(logs, random) }),
  'records are held in memory': (logs) => ({
    logs,
    judge: (held) => ({ verdict: undefined, findings: judge(held).findings }),
  }),
  'logs are divided up into parts': (logs, random) => ({
    logs,
    judge: onDisk({ parts: pick(random, [1, 2, 3, 64, 1 + below(random, 4096), 4096]) }),
  }),
  'logs are rotated': (logs, random) => ({ logs, judge: onDisk({ random }) }),
  'logs are compressed': (logs) => ({ logs, judge: onDisk({ isCompressed: true }) }),
  'logs are rotated, compressed and divided up': (logs, random) => ({
    logs,
    judge: onDisk({ random, isCompressed: true, parts: 1 + below(random, 4096) }),
  }),
};

/** Holds what is found in logs as they are against what is found in them once they were changed. */
export async function expectTheSame(
  logs: Logs,
  change: keyof typeof PROPERTIES,
  random: Random,
  extent: Extent,
): Promise<void> {
  const original = withPlaces(logs);
  const changed = (PROPERTIES[change] as Property)(original, random, extent);
  const found = await (changed.judge ?? onDisk({}))(changed.logs);
  const { findings, verdict } = await unchanged(logs);
  const expected = { findings, verdict: found.verdict && verdict };
  expect(told(found, changed)).toEqual(told(expected, { logs: original }));
}

const judgedBefore = new WeakMap<Logs, Promise<Judged>>();

/** What is found in logs as they are: judged once. */
function unchanged(logs: Logs): Promise<Judged> {
  const judged = judgedBefore.get(logs) ?? onDisk({})(logs);
  judgedBefore.set(logs, judged);
  return judged;
}

/** Of fast-check, the same for all changes: each log is then made, and judged as it is, but once. */
const SEED = Date.now() % 2 ** 31;

const made = new Map<string, Logs>();

function logsOf(seed: number, kind: Kind, size: Size): Logs {
  const key = JSON.stringify([seed, kind, size]);
  const logs = made.get(key) ?? defectiveLogs(randomFor(seed, 'logs'), kind, size);
  made.set(key, logs);
  return logs;
}

/** The same for logs of many seeds. */
export function expectTheSameOfAny(
  kind: Kind,
  size: Size,
  change: keyof typeof PROPERTIES,
  extent: Extent,
  numRuns: number,
): Promise<void> {
  const seeds = fc.noShrink(fc.integer({ min: 0 }));
  return fc.assert(
    fc.asyncProperty(seeds, async (seed) => {
      await expectTheSame(logsOf(seed, kind, size), change, randomFor(seed, 'change'), extent);
    }),
    { numRuns, seed: SEED },
  );
}

/** Where a line stood before anything was changed. It is on no line on disk. */
const PLACE = Symbol('place');

function withPlaces(logs: Logs): Logs {
  return eachLog(logs, (lines, log) =>
    lines.map((line, index) => ({ ...line, [PLACE]: `${log}:${index + 1}` })),
  );
}

/** Findings as they read, with the lines that prove them as they were called before. */
function told({ findings, verdict }: Judged, { logs, nameOf = (name) => name }: Changed) {
  const placeOf = ({ file, line }: Finding['evidence'][number]) =>
    (logs[file as LogName]?.[line - 1] as { [PLACE]?: string } | undefined)?.[PLACE];
  const named = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(named);
    return typeof value === 'string' ? nameOf(value) : value;
  };
  const all = findings.map(({ code, session_id, connection_sequence, details, evidence }) =>
    JSON.stringify({
      code,
      session_id: named(session_id),
      connection_sequence,
      details: Object.fromEntries(
        Object.entries(details).map(([key, value]) => [key, named(value)]),
      ),
      evidence: evidence.map(placeOf),
    }),
  );
  return { verdict, findings: all.toSorted() };
}

interface Lie {
  parts?: number;
  isCompressed?: boolean;
  /** Given, logs are rotated where it says. */
  random?: Random;
}

/** Writes logs, and judges them from disk. Places are told as if each log were one file. */
const onDisk =
  ({ parts, isCompressed = false, random }: Lie) =>
  async (logs: Logs): Promise<Judged> => {
    const directory = temporaryDirectory();
    const before = new Map<string, { log: LogName; lines: number }>();
    const filesOf = (log: LogName): string[] => {
      const lines = logs[log] ?? [];
      const cuts = random ? cutsOf(lines, random) : [0];
      return cuts.map((from, index) => {
        const to = cuts[index + 1] ?? lines.length;
        const rotation = cuts.length - 1 - index;
        const name = LOG_FILES[log] + (rotation > 0 ? `.${rotation}` : '');
        const file = path.join(directory, isCompressed ? `${name}.gz` : name);
        const text = lines
          .slice(from, to)
          .map((line) => `${JSON.stringify(line)}\n`)
          .join('');
        fs.writeFileSync(file, isCompressed ? gzipSync(text) : text);
        before.set(file, { log, lines: from });
        return file;
      });
    };
    const named = [...filesOf('server'), ...(logs.faults ? filesOf('faults') : [])];
    const { verdict, findings } = await judgeLogs(
      findSources(named, { client: filesOf('client') }),
      { parts },
    );
    const unrotated = ({ file, line }: Finding['evidence'][number]) => {
      const { log, lines } = before.get(file) as { log: LogName; lines: number };
      return { file: log, line: line + lines };
    };
    return {
      verdict,
      findings: findings.map((one) => ({ ...one, evidence: one.evidence.map(unrotated) })),
    };
  };

/** Where files of a log begin. They are told apart by their first times, which have to rise. */
function cutsOf(lines: readonly Line[], random: Random): number[] {
  const cuts = [0];
  const places = Array.from({ length: 3 }, () => below(random, lines.length));
  for (const at of places.toSorted((one, other) => one - other)) {
    const last = cuts.at(-1) as number;
    if (at > last && timeAt(lines, at) >= timeAt(lines, last)) cuts.push(at);
  }
  return cuts;
}

const timeAt = (lines: readonly Line[], at: number): number => Date.parse(lines[at]?.time ?? '');

function eachLog(logs: Logs, change: (lines: Line[], log: LogName) => Line[]): Logs {
  const changed = Object.entries(logs).map(([log, lines]) => [log, change(lines, log as LogName)]);
  return Object.fromEntries(changed);
}

/** Each log's lines by what they stand between: processes' starts and stops, and kills. */
function segmentsOf(lines: readonly Line[]): Line[][] {
  const segments: Line[][] = [[]];
  for (const line of lines) {
    if (isOfProcess(line) || line.kills_server === true) segments.push([line], []);
    else segments.at(-1)?.push(line);
  }
  return segments;
}

/** Who is first and who is last in a process's log is a fact about that log, so they stay. */
function inMiddle(segment: readonly Line[], change: (middle: Line[]) => Line[]): Line[] {
  if (segment.length < 2) return [...segment];
  return [segment[0] as Line, ...change(segment.slice(1, -1)), segment.at(-1) as Line];
}

function interleaved(logs: Logs, random: Random): Logs {
  const groups = groupsOf(logs);
  return eachLog(logs, (lines) =>
    segmentsOf(lines).flatMap((segment) =>
      inMiddle(segment, (middle) => {
        const queues = new Map<string, Line[]>();
        const turns = middle.map((line) => {
          const group = groups.get(line) as string;
          queues.set(group, [...(queues.get(group) ?? []), line]);
          return group;
        });
        return shuffled(turns, random).map((group) => queues.get(group)?.shift() as Line);
      }),
    ),
  );
}

function shuffled<T>(all: T[], random: Random): T[] {
  for (let at = all.length - 1; at > 0; at--) {
    const other = below(random, at + 1);
    [all[at], all[other]] = [all[other] as T, all[at] as T];
  }
  return all;
}

/** The others live within one process of the server. */
function withUnrelated(logs: Logs, others: Required<Logs>, random: Random): Logs {
  const added = eachLog(others, (lines) =>
    lines
      .filter((line) => !isOfProcess(line))
      .map((line) => withNames(line, (id) => `other-${id}`)),
  );
  return eachLog(logs, (lines, log) => {
    const segments = segmentsOf(lines);
    const wide = segments.filter(({ length }) => length > 1);
    const home = wide.length > 0 ? pick(random, wide) : undefined;
    return segments.flatMap((segment) =>
      segment === home
        ? inMiddle(segment, (middle) => merged(middle, added[log] ?? [], random))
        : segment,
    );
  });
}

function merged(some: readonly Line[], others: readonly Line[], random: Random): Line[] {
  const turns = shuffled([...some.map(() => true), ...others.map(() => false)], random);
  const [ofSome, ofOthers] = [some.values(), others.values()];
  return turns.map((isSome) => (isSome ? ofSome : ofOthers).next().value as Line);
}

function withNames(line: Line, name: (id: string) => string): Line {
  const named = { ...line };
  for (const field of Object.keys(ID_FIELDS)) {
    const id = line[field];
    if (typeof id === 'string') named[field] = name(id);
  }
  return named;
}

function renamed(logs: Logs, random: Random): Changed {
  const names = new Map<string, string>();
  const former = new Map<string, string>();
  const nameOf = (id: string) => {
    const name = names.get(id) ?? `${below(random, 2 ** 32).toString(36)}-${names.size}`;
    names.set(id, name);
    former.set(name, id);
    return name;
  };
  return {
    logs: eachLog(logs, (lines) => lines.map((line) => withNames(line, nameOf))),
    nameOf: (name) => former.get(name) ?? name,
  };
}

const THREE_DAYS_MS = 3 * 86_400_000;

/**
 * A log of faults stands beside the other two on one machine, and tells when that machine's server or a browser was
 * killed; without a kill in it, it may be anywhere too.
 */
function withMovedClock(logs: Logs, random: Random): Logs {
  const isOneMachine = logs.faults?.some(
    ({ kills_server, takes_page, restores_storage }) =>
      kills_server === true || takes_page === true || restores_storage === true,
  );
  const moved = pick(random, Object.keys(logs));
  const by = below(random, 2 * THREE_DAYS_MS) - THREE_DAYS_MS;
  const move = (line: Line) => ({
    ...line,
    time: new Date(Date.parse(line.time) + by).toISOString(),
  });
  return eachLog(logs, (lines, log) => (isOneMachine || log === moved ? lines.map(move) : lines));
}
