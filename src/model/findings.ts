/** What the checks say, as codes and numbers. Sentences are made from them in `report/messages`. */

import { OBSERVATION_NAMES } from './observations.ts';

/** A line that proves a finding. */
export interface Evidence {
  file: string;
  /** From 1. */
  line: number;
  /** The line itself, in examples; a long one is cut. */
  text?: string;
}

/** What a detail of a finding is; an array lists the texts that it may be. */
export type Shape = 'number' | 'string' | 'string?' | 'strings' | 'boolean' | readonly string[];

interface Definition {
  /** What is wrong, for references and reports. */
  meaning: string;
  /**
   * `presence` findings stand on lines that are there; `absence` findings stand on lines that are not, so
   * damaged evidence can't carry them.
   */
  standsOn: 'presence' | 'absence';
  /** What its sentence needs. */
  details: Record<string, Shape>;
}

const SIDES = ['server', 'client'] as const;

/** Findings by code. */
export const FINDINGS = {
  'sequence-not-increasing': {
    meaning: "A session's later connection has a lower number.",
    standsOn: 'presence',
    details: { previous: 'number' },
  },
  'sequence-duplicated': {
    meaning: 'Two connections of a session have the same number.',
    standsOn: 'presence',
    details: { event: 'string' },
  },
  'sequence-missing': {
    meaning: 'A line about a connection has no usable number, or names no session.',
    standsOn: 'presence',
    details: { value: 'string' },
  },
  'sequence-not-from-one': {
    meaning: "A session's first attempt is not number 1.",
    standsOn: 'absence',
    details: {},
  },
  'attempt-skipped': {
    meaning: 'The client log jumps a number.',
    standsOn: 'absence',
    details: { expected: 'number' },
  },
  'gap-unexplained': {
    meaning: 'The server never saw a number, and the client log has no failed attempt for it.',
    standsOn: 'absence',
    details: {},
  },
  'close-missing': {
    meaning: 'An opened connection, or an attempt, has no end though the log is complete.',
    standsOn: 'absence',
    details: { side: SIDES, event: 'string' },
  },
  'close-orphaned': {
    meaning: 'An end without its beginning, or a second one.',
    standsOn: 'absence',
    details: { side: SIDES, event: 'string', earlier: 'boolean' },
  },
  'logs-disagree': {
    meaning: 'Client and server tell different stories of one connection.',
    standsOn: 'absence',
    details: {
      about: [
        'session_id',
        'connection_sequence',
        'client_id',
        'document_id',
        'outcome',
        'close_code',
        'fault',
      ],
      /** What each log says; `none` where it says nothing. */
      client: 'string',
      server: 'string',
      /** What the faults on the connection lead one to expect; only where it is about a fault. */
      expected: 'string?',
    },
  },
  'lines-disagree': {
    meaning: 'Lines of one log tell different stories of one connection, or of one session.',
    standsOn: 'absence',
    details: {
      about: ['document_id', 'field', 'closed_by', 'was_clean', 'session_started', 'reason'],
      /** What two lines say, or one line and what goes with it; `none` where one says nothing. Of a field: its name. */
      one: 'string',
      other: 'string',
    },
  },
  'session-forked': {
    meaning: 'Two live documents share one session.',
    standsOn: 'absence',
    details: { documents: 'strings' },
  },
  'fork-repeated': {
    meaning:
      'A page begins one session after another, as new or as a copy: frames of a tab that take each other for copies do.',
    standsOn: 'presence',
    details: { times: 'number' },
  },
  'session-lost': {
    meaning: 'At the end a session is not connected, though its tab is open.',
    standsOn: 'absence',
    details: { failure: 'string?' },
  },
  'threshold-crossed': {
    meaning: 'A metric is out of its bounds.',
    standsOn: 'absence',
    details: {
      metric: 'string',
      bound: 'string',
      value: 'string',
    },
  },
  'observation-unexpected': {
    meaning: 'Something stands out that was expected not to.',
    standsOn: 'absence',
    details: { observation: OBSERVATION_NAMES },
  },
} as const satisfies Record<string, Definition>;

export type FindingCode = keyof typeof FINDINGS;

export const FINDING_CODES = Object.keys(FINDINGS) as FindingCode[];

interface Types {
  number: number;
  string: string;
  strings: string[];
  boolean: boolean;
}

type Detail<S> = S extends keyof Types
  ? Types[S]
  : S extends readonly (infer Text)[]
    ? Text
    : never;

export type DetailsOf<D> = {
  -readonly [K in keyof D as D[K] extends 'string?' ? never : K]: Detail<D[K]>;
} & { -readonly [K in keyof D as D[K] extends 'string?' ? K : never]?: string };

export type FindingDetails = { [C in FindingCode]: DetailsOf<(typeof FINDINGS)[C]['details']> };

/**
 * `first`: nothing of the session. `close`, `failure`: its last connection or attempt ended. `open`: it had not. The
 * others are how its page came to be, as `PerformanceNavigationTiming.type` has it.
 */
export const CIRCUMSTANCE_EVENTS = [
  'first',
  'close',
  'failure',
  'open',
  'navigate',
  'reload',
  'back_forward',
  'other',
] as const;
export type CircumstanceEvent = (typeof CIRCUMSTANCE_EVENTS)[number];

/** What came right before what a finding is about. */
export interface Circumstance {
  /** Whose log has what the finding is about. */
  log: 'server' | 'client';
  event: CircumstanceEvent;
  /** Of a `close`. */
  close_code: number | null;
  /** The last fault that hit the attempt or connection before. */
  fault: string | null;
}

export type Finding = {
  [C in FindingCode]: {
    code: C;
    /** null for findings about the whole run. */
    session_id: string | null;
    connection_sequence: number | null;
    details: FindingDetails[C];
    evidence: Evidence[];
    /** Left out of findings about the whole run. */
    after?: Circumstance;
  };
}[FindingCode];

/**
 * Why connections that look wrong are no findings. What each says stands behind a number of connections.
 */
export const EXCUSES = {
  'late-hello': 'heard of late by the server, when their client had given them up',
  'server-killed': 'without a close line, for their server was killed under them',
  'killed-too-soon': 'without a close line, for they ended right before a kill',
  'older-than-log': 'with no beginning, which may lie before their log begins',
  'storage-restored':
    'under a number used before, for their browser was killed and had brought back older storage',
  'page-vanished': 'ended with a page that went without a word: it crashed, or was discarded',
  'half-open': 'ended half-open, or with frames held back, so each side may tell another end',
  'without-session': 'that no line gives a session',
  'dropped-in-silence': 'dropped, and maybe still open to a server that logs closes only',
} as const;

export type ExcuseCode = keyof typeof EXCUSES;

export type Verdict = 'pass' | 'fail' | 'unknown';

export const DOUBT_CODES = [
  'line-damaged',
  'log-truncated',
  'log-changed',
  'log-incomplete',
  'log-missing',
  'lines-missing',
  /** `value`: two of them. */
  'several-writers',
  'log-schema-unknown',
  'kill-unexplained',
  'no-connections',
  /** `value`: of how many sessions. */
  'order-unknown',
  /** `value`: how many of how many connections, and of which sessions. */
  'session-unverified',
  'session-start-missing',
  /** `value`: how many lines about connections there are. */
  'no-sessions',
  'times-disagree',
  'clients-differ',
  'interrupted',
  'generator-limited',
  /** `value`: seconds. */
  'server-late',
  'scenario-missing',
  /** `value` of these three: which worker, and how. */
  'worker-lost',
  'worker-untold',
  'clocks-apart',
  'session-too-long',
  'findings-capped',
  /** `value`: `skipped`, `forgotten` or `cut`. */
  'history-missing',
] as const;

/**
 * Why evidence can't carry a verdict. `where` is a place or null, `value` the measured
 * value or offending text.
 */
export interface Doubt {
  code: (typeof DOUBT_CODES)[number];
  where: Evidence | { file: string } | null;
  value: string;
}
