import type { Circumstance, Finding, FindingCode } from './findings.ts';

/** What several findings have in common, so that one bug is told of once. */
export interface Cause {
  /** What it shows in: codes of findings that the same sessions have. */
  codes: FindingCode[];
  sessions: number;
  findings: number;
  /** Each session has a number 1 behind a higher one. */
  began_again: boolean;
  /** What holds of all findings: parts that differ are left out. */
  after: Partial<Circumstance>;
  /** The first of two sessions. */
  examples: Finding[];
}
