/** What a run, or a look at its logs, comes to. Reporters make text of it. */

import type { Cause } from './causes.ts';
import type { Doubt, ExcuseCode, Finding, FindingCode, Verdict } from './findings.ts';
import type { BoundOutcome, Metrics } from './metrics.ts';
import type { Observation, ObservationName } from './observations.ts';
import type { MomentsApart, RunWorker } from './workers.ts';

/** A log that was read. Its lines are records, ignored or rejected: the three add up. */
export interface LogFile {
  file: string;
  lines: number;
  /** Lines that were sound, and tell of connections. */
  records: number;
  /** Lines that were sound, and tell of something else, or of a time that was not asked for. */
  ignored: number;
  /** Lines that could not be read. */
  rejected: number;
  /** Fields of records that could not be read; left out where there are none. */
  unread_fields?: UnreadField[];
}

/** A field that some records have in a form that can't be read. */
export interface UnreadField {
  field: string;
  records: number;
  /** The first of them, from 1. */
  line: number;
}

/** What attempts of clients failed with. */
export interface FailureReason {
  /** `HTTP 503`, or the error as the log has it. */
  reason: string;
  attempts: number;
}

/** Whether a check could run on the evidence. */
export interface Coverage {
  code: FindingCode;
  ran: boolean;
  /** What the logs lack for it, or, where it ran, for the whole of it; null where they lack nothing. */
  lacking: Lack | null;
}

/** What a check lacks: a log, or lines or fields in it. `no-bounds`: where the log begins and ends. */
export type Lack =
  | 'no-client-log'
  | 'no-server-log'
  | 'no-opens'
  | 'no-attempts'
  | 'no-sequence'
  | 'no-session-starts'
  | 'no-documents'
  | 'no-unloads'
  | 'no-bounds'
  | 'no-client-ids'
  | 'no-durations'
  | 'no-common-clock'
  | 'no-expectations';

/** A finding named under `expect`, which must occur. */
export interface ExpectedFinding {
  code: FindingCode;
  occurred: boolean;
}

/** An observation that was expected not to be made. */
export interface ExpectedObservation {
  name: ObservationName;
  text: 'none';
  held: boolean;
}

/** How many connections looked wrong, and are no findings. */
export interface Excuse {
  code: ExcuseCode;
  connections: number;
}

/** What the checks make of the records. */
export interface Judgement {
  verdict: Verdict;
  /** Those that came up, but for a server that was late where nothing came of it. */
  doubts: Doubt[];
  findings: Finding[];
  /** Of findings about sessions that are failures. */
  causes: Cause[];
  /** Of those that were expected; no summary has them. */
  expected_causes: Cause[];
  expected_findings: ExpectedFinding[];
  expected_observations: ExpectedObservation[];
  /** Of all that were set, held or not. */
  bounds: BoundOutcome[];
  /** What stands out, and is no violation. */
  observations: Observation[];
  metrics: Metrics;
  /** One entry for each finding there is. */
  coverage: Coverage[];
  excused: Excuse[];
}

export interface RunResult extends Judgement {
  name: string;
  /** null where logs without a scenario were judged. */
  seed: number | null;
  /** Of who is hit by what, and when: the same where two runs had the same to get through. null as above. */
  plan_hash: string | null;
  /** Command that runs the same again. */
  replay: string | null;
  run_dir: string | null;
  /** ISO 8601, UTC. */
  started_at: string | null;
  duration_seconds: number | null;
  interrupted: boolean;
  /** The processes that played its clients, where these were several. */
  workers?: RunWorker[];
  /** Of such a run; null where no fault was for several of them. */
  moments_apart?: MomentsApart | null;
  /** Of a run, the most frequent first; left out where there are none, or too many. */
  failures?: FailureReason[];
  evidence: LogFile[];
}
