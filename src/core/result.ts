/** What a run, or a look at its logs, comes to. Reporters make text of it. */

import type { Doubt, Finding, FindingCode, Verdict } from './findings.ts';
import type { Metrics } from './metrics.ts';

/** A log that was read. */
export interface LogFile {
  file: string;
  lines: number;
  /** Lines that were sound. */
  records: number;
}

/** A finding named under `expect`, which must occur. */
export interface ExpectedFinding {
  code: FindingCode;
  occurred: boolean;
}

/** What the checks make of the records. */
export interface Judgement {
  verdict: Verdict;
  findings: Finding[];
  expected_findings: ExpectedFinding[];
  metrics: Metrics;
}

export interface RunResult extends Judgement {
  name: string;
  /** null where logs without a scenario were judged. */
  seed: number | null;
  /** Command that runs the same again. */
  replay: string | null;
  run_dir: string | null;
  /** ISO 8601, UTC. */
  started_at: string | null;
  duration_seconds: number | null;
  interrupted: boolean;
  doubts: Doubt[];
  evidence: LogFile[];
}
