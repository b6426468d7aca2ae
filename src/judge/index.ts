/**
 * The judge of logs, in two passes. The survey reads rows of everything, and says which sessions might have
 * something wrong with them; the checks read these sessions' records.
 */

import type { LogName } from '../core/records.ts';
import type { Doubt, Finding, FindingCode } from '../model/findings.ts';
import type { Expectations, Metrics } from '../model/metrics.ts';
import type { LogRecord, Row } from '../model/record.ts';
import type { Judgement } from '../model/result.ts';
import { attemptSkipped } from './attempt-skipped.ts';
import type { CreateCheck } from './check.ts';
import { closeMissing } from './close-missing.ts';
import { closeOrphaned } from './close-orphaned.ts';
import { Connections } from './connections.ts';
import { coverageOf } from './coverage.ts';
import { Facts } from './facts.ts';
import { gapUnexplained } from './gap-unexplained.ts';
import { logsDisagree } from './logs-disagree.ts';
import { createMetrics } from './metrics.ts';
import { sequenceDuplicated } from './sequence-duplicated.ts';
import { sequenceMissing } from './sequence-missing.ts';
import { sequenceNotFromOne } from './sequence-not-from-one.ts';
import { sequenceNotIncreasing } from './sequence-not-increasing.ts';
import { sessionForked } from './session-forked.ts';
import { sessionLost } from './session-lost.ts';
import { Sieve, type Sifted } from './sieve.ts';
import { crossedBounds } from './threshold-crossed.ts';
import { decide, meetExpected } from './verdict.ts';

/** `threshold-crossed` is not here: it looks at the metrics, not at records. */
const CHECKS: Record<Exclude<FindingCode, 'threshold-crossed'>, CreateCheck> = {
  'sequence-not-increasing': sequenceNotIncreasing,
  'sequence-duplicated': sequenceDuplicated,
  'sequence-missing': sequenceMissing,
  'sequence-not-from-one': sequenceNotFromOne,
  'attempt-skipped': attemptSkipped,
  'gap-unexplained': gapUnexplained,
  'close-missing': closeMissing,
  'close-orphaned': closeOrphaned,
  'logs-disagree': logsDisagree,
  'session-forked': sessionForked,
  'session-lost': sessionLost,
};

export { evidenceDoubts } from './coverage.ts';
export type { Facts } from './facts.ts';
export { ABSENT, isOfConnection, NO_SESSION } from './sequence-missing.ts';
export type { Sifted } from './sieve.ts';

const NO_EXPECTATIONS: Expectations = { bounds: [], findings: [] };

/** What one pass over the rows of all logs tells. */
export interface Survey {
  /** The sessions that the next rows are about. */
  onSessions(sessions: Int32Array): void;
  onRow(row: Row): void;
  facts: Facts;
  sift(): Sifted;
  metrics(): Metrics;
}

/** `logs`: those that are read. */
export function createSurvey(logs: ReadonlySet<LogName>): Survey {
  const facts = new Facts(logs);
  const sieve = new Sieve(facts);
  const metrics = createMetrics(facts);
  return {
    facts,
    onSessions: (sessions) => sieve.onSessions(sessions),
    onRow(row) {
      facts.onRow(row);
      sieve.onRow(row);
      metrics.onRow(row);
    },
    sift: () => sieve.finish(),
    metrics: metrics.finish,
  };
}

/** Every check, over the records of some of the sessions. */
export interface Checks {
  /** All records of the server logs, then of the client logs, then of the faults, in file order. */
  onRecord(record: LogRecord): void;
  /** Findings that stand already, and were not asked for before. */
  fresh(): Finding[];
  finish(): Finding[];
}

/** `facts`: of a pass over all of the logs. A check that lacks its evidence says nothing. */
export function createChecks(facts: Facts): Checks {
  const connections = new Connections(facts);
  const checks = Object.values(CHECKS).map((create) => create({ facts, connections }));
  const known = checks.map(() => 0);
  return {
    onRecord(record) {
      for (const check of checks) check.onRecord?.(record);
      // After the checks: to them, the connections are the story so far.
      connections.onRecord(record);
    },
    fresh: () =>
      checks.flatMap(({ found = [] }, check) => {
        const fresh = found.slice(known[check]);
        known[check] = found.length;
        return fresh;
      }),
    finish: () => checks.flatMap((check) => check.finish()),
  };
}

/** Everything that a judgement stands on. */
export interface Proof {
  facts: Facts;
  metrics: Metrics;
  /** Of all sessions. */
  findings: Finding[];
  /** All that came up while the logs were read. */
  doubts: Doubt[];
  expectations?: Expectations;
}

export function judge({ facts, doubts, expectations, ...proof }: Proof): Judgement {
  const { bounds, findings: expected } = expectations ?? NO_EXPECTATIONS;
  const metrics = withLost(proof.metrics, proof.findings);
  const findings = [...proof.findings, ...crossedBounds(bounds, metrics)].sort(bySession);
  const expected_findings = meetExpected(expected, findings);
  const verdict = decide(findings, doubts, expected_findings);
  // A check of which half ran, and found something, did run.
  const found = new Set(findings.map(({ code }) => code));
  const coverage = coverageOf(facts, expectations !== undefined).map((one) =>
    found.has(one.code) ? { ...one, ran: true } : one,
  );
  return { verdict, findings, expected_findings, metrics, coverage };
}

/** Findings about the whole run, or a whole session, come first. */
function bySession(one: Finding, other: Finding): number {
  return (
    compare(one.session_id ?? '', other.session_id ?? '') ||
    compare(one.connection_sequence ?? 0, other.connection_sequence ?? 0) ||
    compare(one.code, other.code)
  );
}

function compare<T extends string | number>(one: T, other: T): number {
  return one < other ? -1 : Number(one > other);
}

/** Where the client thought that it was connected, it takes both logs to tell who was not. */
function withLost(metrics: Metrics, findings: readonly Finding[]): Metrics {
  const { unrecovered_sessions: known } = metrics;
  const lost = findings.flatMap(({ code, session_id }) =>
    code === 'session-lost' ? [session_id] : [],
  );
  return known === null
    ? metrics
    : { ...metrics, unrecovered_sessions: Math.max(known, new Set(lost).size) };
}
