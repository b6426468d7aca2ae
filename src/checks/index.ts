/** The judge of a run: every check, and the metrics, over the records of its logs. */

import type { Doubt, Finding, FindingCode } from '../core/findings.ts';
import type { Expectations } from '../core/metrics.ts';
import type { LogName, LogRecord } from '../core/records.ts';
import type { Judgement } from '../core/result.ts';
import { attemptSkipped } from './attempt-skipped.ts';
import type { CreateCheck } from './check.ts';
import { closeMissing } from './close-missing.ts';
import { closeOrphaned } from './close-orphaned.ts';
import { Connections } from './connections.ts';
import { gapUnexplained } from './gap-unexplained.ts';
import { logsDisagree } from './logs-disagree.ts';
import { createMetrics } from './metrics.ts';
import { sequenceDuplicated } from './sequence-duplicated.ts';
import { sequenceMissing } from './sequence-missing.ts';
import { sequenceNotFromOne } from './sequence-not-from-one.ts';
import { sequenceNotIncreasing } from './sequence-not-increasing.ts';
import { sessionForked } from './session-forked.ts';
import { sessionLost } from './session-lost.ts';
import { crossedBounds } from './threshold-crossed.ts';
import { decide, meetExpected } from './verdict.ts';

/** `threshold-crossed` is not here: it looks at the metrics, not at records. */
export const CHECKS: Record<Exclude<FindingCode, 'threshold-crossed'>, CreateCheck> = {
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

export const NO_EXPECTATIONS: Expectations = { bounds: [], findings: [] };

export interface Judge {
  /** All records of the server log, then of the client log, then of the faults, in file order. */
  onRecord(record: LogRecord): void;
  /** Findings that stand already, and were not asked for before. */
  fresh(): Finding[];
  /** `doubts`: all that came up while the logs were read. */
  finish(doubts: Doubt[]): Judgement;
}

/** `logs`: those that are read; a check that needs another says nothing. */
export function createJudge(
  logs: ReadonlySet<LogName>,
  expectations: Expectations = NO_EXPECTATIONS,
): Judge {
  const connections = new Connections();
  const metrics = createMetrics(logs);
  const checks = Object.values(CHECKS).map((create) => create({ logs, connections }));
  const known = checks.map(() => 0);

  return {
    onRecord(record) {
      for (const check of checks) check.onRecord?.(record);
      // After the checks: to them, the connections are the story so far.
      connections.onRecord(record);
      metrics.onRecord(record);
    },
    fresh: () =>
      checks.flatMap(({ found = [] }, check) => {
        const fresh = found.slice(known[check]);
        known[check] = found.length;
        return fresh;
      }),
    finish(doubts) {
      const measured = metrics.finish();
      const findings = [
        ...checks.flatMap((check) => check.finish()),
        ...crossedBounds(expectations.bounds, measured),
      ].sort(bySession);
      const expected_findings = meetExpected(expectations.findings, findings);
      const verdict = decide(findings, doubts, expected_findings);
      return { verdict, findings, expected_findings, metrics: measured, coverage: [] };
    },
  };
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
