import type { Circumstance, Finding, FindingCode } from './findings.ts';

/** Findings about the numbers of one log. */
export const OF_NUMBERS: ReadonlySet<FindingCode> = new Set([
  'sequence-missing',
  'sequence-duplicated',
  'sequence-not-increasing',
  'sequence-not-from-one',
]);

/** What several findings have in common, so that one bug is told of once. */
export interface Cause {
  /** What it shows in: codes of findings that the same sessions have. */
  codes: FindingCode[];
  sessions: number;
  findings: number;
  /**
   * The one log that has all of it, or all wrong numbers where there are any, of two; null: both have it, or there is
   * one log.
   */
  told_by: 'server' | 'client' | null;
  /** Each session has a number 1 behind a higher one, or a second one in a new page. */
  began_again: boolean;
  /** Each session has a connection that the server's log has under another number than the client's. */
  misnumbered: boolean;
  /** There is a server's log and no client's, so the numbers may be the server's own. */
  server_alone?: true;
  /** What holds of all findings: parts that differ are left out. */
  after: Partial<Circumstance>;
  /** The first of two sessions. */
  examples: Finding[];
}
