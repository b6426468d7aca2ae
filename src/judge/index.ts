/**
 * The judge: facts about whole logs first, by a fold over all rows; then each check, over one family of
 * sessions at a time; then the texts of what was found.
 */

import { type Doubt, EXCUSES, type ExcuseCode, type Finding } from '../model/findings.ts';
import type { Expectations, Metrics } from '../model/metrics.ts';
import type { Observation } from '../model/observations.ts';
import type { Excuse, Judgement } from '../model/result.ts';
import type { ProcessNote, Rows } from '../model/rows.ts';
import type { Activity } from './activity/activity.ts';
import { crossedBounds, measureBounds } from './bounds.ts';
import { causesOf } from './causes.ts';
import { coverageOf } from './checks.ts';
import type { Facts } from './facts.ts';
import { FactsFold, type FileFacts } from './facts-fold.ts';
import { MetricsFold, type SessionCounts } from './metrics.ts';
import { outcomesOf, unexpected } from './observations/index.ts';
import { decide, doubtsAbout, meetExpected } from './verdict.ts';

export { type Activity, type ActivityData, ActivitySum } from './activity/activity.ts';
export { SessionFold } from './activity/session-fold.ts';
export type { RawFinding } from './check.ts';
export { logDoubts } from './coverage.ts';
export { type Claim, Facts, type FactsData } from './facts.ts';
export type { FileFacts } from './facts-fold.ts';
export {
  claimsIn,
  type Judged,
  judgeAll,
  judgeFamilies,
  judgeRows,
  keepFirst,
  linkedRows,
  MAX_CLAIMS,
  MAX_FINDINGS,
  replaced,
  whoIsAsked,
} from './judge-rows.ts';
export { observe, observed } from './observations/index.ts';
export { ABSENT, isOfConnection, NO_SESSION } from './sequence-missing.ts';
export { addDoubt, namedIn, type SessionDoubt, sessionDoubts } from './session-doubts.ts';
export { citedIn, type Texts, worded } from './texts.ts';
export { decide, doubtsAbout } from './verdict.ts';
export { type Mark, type MissingLog, WorkersFold } from './workers.ts';

/** What one pass over the rows of all logs tells. */
export class Survey {
  readonly #facts: FactsFold;
  readonly #metrics: MetricsFold;

  /** @param files those that are read, by their index in rows */
  constructor(files: readonly FileFacts[]) {
    this.#facts = new FactsFold(files);
    this.#metrics = new MetricsFold(files);
  }

  onRow(rows: Rows, row: number, note?: ProcessNote): void {
    this.#facts.onRow(rows, row, note);
    this.#metrics.onRow(rows, row, note);
  }

  facts(): Facts {
    return this.#facts.finish();
  }

  /** @param expectations whose percentiles are measured too */
  metrics(
    facts: Facts,
    sessions: SessionCounts,
    activity: Activity,
    expectations?: Expectations,
  ): Metrics {
    const asked = expectations?.bounds.map(({ metric }) => metric);
    return this.#metrics.finish(facts, sessions, activity, asked);
  }
}

const NO_EXPECTATIONS: Expectations = { bounds: [], findings: [], observations: [] };

/** Everything that a judgement stands on. */
export interface Proof {
  facts: Facts;
  metrics: Metrics;
  /** Of all sessions. */
  findings: Finding[];
  observations: Observation[];
  /** All that came up while the logs were read. */
  doubts: Doubt[];
  excuses: ReadonlyMap<ExcuseCode, number>;
  expectations?: Expectations;
}

export function judge({ facts, excuses, ...proof }: Proof): Judgement {
  const { observations, expectations = NO_EXPECTATIONS } = proof;
  const { bounds, findings: expected } = expectations;
  const metrics = withLost(proof.metrics, proof.findings);
  const outcomes = measureBounds(bounds, metrics);
  const findings = [
    ...proof.findings,
    ...crossedBounds(outcomes),
    ...unexpected(observations, expectations),
  ].sort(bySession);
  const expected_findings = meetExpected(expected, findings);
  const doubts = doubtsAbout(findings, proof.doubts, expected_findings);
  const verdict = decide(findings, doubts, expected_findings);
  // A check of which half ran, and found something, did run.
  const found = new Set(findings.map(({ code }) => code));
  const coverage = coverageOf(facts, proof.expectations).map((one) =>
    found.has(one.code) ? { ...one, ran: true } : one,
  );
  const causes = (areExpected: boolean) =>
    causesOf(
      findings.filter(
        ({ code, session_id }) => session_id !== null && expected.includes(code) === areExpected,
      ),
      facts.logs,
    );
  const excused = excusesOf(excuses);
  return {
    verdict,
    doubts,
    findings,
    causes: causes(false),
    expected_causes: causes(true),
    expected_findings,
    expected_observations: outcomesOf(observations, expectations),
    bounds: outcomes,
    observations,
    metrics,
    coverage,
    excused,
  };
}

function excusesOf(excuses: ReadonlyMap<ExcuseCode, number>): Excuse[] {
  return (Object.keys(EXCUSES) as ExcuseCode[]).flatMap((code) => {
    const connections = excuses.get(code);
    return connections === undefined ? [] : [{ code, connections }];
  });
}

/** Findings about the whole run, or a whole session, come first. */
function bySession(one: Finding, other: Finding): number {
  return (
    compare(one.session_id ?? '', other.session_id ?? '') ||
    compare(one.connection_sequence ?? 0, other.connection_sequence ?? 0) ||
    compare(one.code, other.code) ||
    compare(lastLine(one), lastLine(other))
  );
}

const lastLine = ({ evidence }: Finding): number => evidence.at(-1)?.line ?? 0;

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
