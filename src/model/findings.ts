/** What the checks say, as codes and numbers. Sentences are made from them in `report/messages`. */

import type { MetricName } from './metrics.ts';

/** A line that proves a finding. */
export interface Evidence {
  file: string;
  /** From 1. */
  line: number;
}

/**
 * Findings by code, with the numbers each sentence needs. `presence` findings stand on lines that
 * are there; `absence` findings stand on lines that are not, so damaged evidence can't carry them.
 */
export const FINDINGS = {
  'sequence-not-increasing': 'presence',
  'sequence-duplicated': 'presence',
  'sequence-missing': 'presence',
  'sequence-not-from-one': 'absence',
  'attempt-skipped': 'absence',
  'gap-unexplained': 'absence',
  'close-missing': 'absence',
  'close-orphaned': 'absence',
  'logs-disagree': 'absence',
  'lines-disagree': 'absence',
  'session-forked': 'absence',
  'session-lost': 'absence',
  'threshold-crossed': 'absence',
} as const satisfies Record<string, 'presence' | 'absence'>;

export type FindingCode = keyof typeof FINDINGS;

/** What is wrong, for references and reports. */
export const FINDING_MEANINGS: Record<FindingCode, string> = {
  'sequence-not-increasing': "A session's later connection has a lower number.",
  'sequence-duplicated': 'Two connections of a session have the same number.',
  'sequence-missing': 'A line about a connection has no usable number, or names no session.',
  'sequence-not-from-one': "A session's first attempt is not number 1.",
  'attempt-skipped': 'The client log jumps a number.',
  'gap-unexplained':
    'The server never saw a number, and the client log has no failed attempt for it.',
  'close-missing': 'An opened connection, or an attempt, has no end though the log is complete.',
  'close-orphaned': 'An end without its beginning, or a second one.',
  'logs-disagree': 'Client and server tell different stories of one connection.',
  'lines-disagree': 'Lines of one log tell different stories of one connection, or of one session.',
  'session-forked': 'Two live documents share one session.',
  'session-lost': 'At the end a session is not connected, though its tab is open.',
  'threshold-crossed': 'A metric is out of the bounds that the scenario sets.',
};

export interface FindingDetails {
  'sequence-not-increasing': { previous: number };
  'sequence-duplicated': { event: string };
  'sequence-missing': { value: string };
  'sequence-not-from-one': Record<never, never>;
  'attempt-skipped': { expected: number };
  'gap-unexplained': Record<never, never>;
  'close-missing': { side: 'server' | 'client'; event: string };
  'close-orphaned': { side: 'server' | 'client'; event: string; earlier: boolean };
  'logs-disagree': {
    about:
      | 'session_id'
      | 'connection_sequence'
      | 'client_id'
      | 'document_id'
      | 'outcome'
      | 'close_code'
      | 'fault';
    /** What each log says; `none` where it says nothing. */
    client: string;
    server: string;
    /** What the faults on the connection lead one to expect; only where it is about a fault. */
    expected?: string;
  };
  'lines-disagree': {
    about: 'document_id' | 'client_id' | 'closed_by' | 'was_clean' | 'session_started';
    /** What two lines say, or one line and what goes with it; `none` where one says nothing. */
    one: string;
    other: string;
  };
  'session-forked': { documents: string[] };
  'session-lost': Record<never, never>;
  'threshold-crossed': { metric: MetricName; bound: string; value: string };
}

export type Finding = {
  [C in FindingCode]: {
    code: C;
    /** null for findings about the whole run. */
    session_id: string | null;
    connection_sequence: number | null;
    details: FindingDetails[C];
    evidence: Evidence[];
  };
}[FindingCode];

/**
 * Why connections that look wrong are no findings. What each says stands behind a number of connections.
 */
export const EXCUSES = {
  'late-hello': 'heard of late by the server, when their client had given them up',
  'server-killed': 'without a close line, for their server was killed under them',
  'killed-too-soon': 'without a close line, for they ended in the last 100 ms before a kill',
  'older-than-log': 'with no beginning, which may lie before their log begins',
  'half-open': 'ended half-open, or with frames held back, so each side may tell another end',
  'dropped-in-silence': 'dropped, and maybe still open to a server that logs closes only',
} as const;

export type ExcuseCode = keyof typeof EXCUSES;

export type Verdict = 'pass' | 'fail' | 'unknown';

/**
 * Why evidence can't carry a verdict. `where` is a place or null, `value` the measured
 * value or offending text.
 */
export interface Doubt {
  code:
    | 'line-damaged'
    | 'log-truncated'
    | 'log-changed'
    | 'log-incomplete'
    | 'log-missing'
    | 'lines-missing'
    /** `value`: two of them. */
    | 'several-writers'
    | 'log-schema-unknown'
    | 'kill-unexplained'
    | 'no-connections'
    /** `value`: of how many sessions. */
    | 'order-unknown'
    /** `value`: how many of how many connections, and of which sessions. */
    | 'session-unverified'
    | 'session-start-missing'
    | 'times-disagree'
    | 'clients-differ'
    | 'interrupted'
    | 'generator-limited'
    | 'scenario-missing'
    | 'session-too-long'
    | 'findings-capped'
    /** `value`: `skipped`, `forgotten` or `cut`. */
    | 'history-missing';
  where: Evidence | { file: string } | null;
  value: string;
}
