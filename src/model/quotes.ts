import type { LogName } from '../core/records.ts';
import type { Evidence, Finding } from './findings.ts';

/** A line of a log. */
export interface QuotedLine extends Evidence {
  log: LogName;
}

/** What the logs have of a finding. */
export interface FindingQuotes {
  /** Lines that it rests on. */
  cited: Evidence[];
  /** All other lines with its session and number, in the order of the logs; null where it is about no number. */
  beside: QuotedLine[] | null;
  /** Logs that have more of those. */
  more: LogName[];
}

/** What is known of a run beside its result; null where it is not. */
export interface AboutRun {
  /** As its file has it. */
  scenario: string | null;
  description: string | null;
  /** Of the processes that wrote the logs. */
  wsdiag_version: string | null;
  node_version: string | null;
}

export interface Quotes {
  /** Those that were read. */
  logs: readonly LogName[];
  /** Of findings that somebody reads; others have none. */
  of: ReadonlyMap<Finding, FindingQuotes>;
}
