/** What stands out in logs and is no violation, as codes and numbers. Sentences are made in `report/observations`. */

import type { DetailsOf, Evidence, Shape } from './findings.ts';

interface Definition {
  /** What stands out, for references and reports. */
  meaning: string;
  /** What its sentence needs. */
  details: Record<string, Shape>;
}

/** Observations by name. */
export const OBSERVATIONS = {
  'one-lifetime': {
    meaning: 'Many connections end at one age.',
    /** `within_seconds`: from the shortest lifetime to the longest. */
    details: { connections: 'number', of: 'number', seconds: 'number', within_seconds: 'number' },
  },
  lockstep: {
    meaning: 'Sessions that were lost together come back together.',
    details: {
      sessions: 'number',
      after_seconds: 'number',
      within_seconds: 'number',
      times: 'number',
    },
  },
  flapping: {
    meaning: 'Sessions lose their connections as soon as these are open.',
    /** `in_a_row`: of the session with most. */
    details: { sessions: 'number', in_a_row: 'number', close_codes: 'strings' },
  },
  ghosts: {
    meaning: 'Several connections of one session are alive at once.',
    details: { sessions: 'number', at_once: 'number' },
  },
  'one-code': {
    meaning: 'Nearly all connections end with one code, which says why.',
    /** `how`: a close code, or `superseded`. */
    details: { closes: 'number', of: 'number', how: 'string' },
  },
  waves: {
    meaning: 'Many sessions are lost within a second.',
    /** `sessions`: of the largest. */
    details: { sessions: 'number', of: 'number', times: 'number' },
  },
} as const satisfies Record<string, Definition>;

export type ObservationName = keyof typeof OBSERVATIONS;

export const OBSERVATION_NAMES = Object.keys(OBSERVATIONS) as ObservationName[];

export type ObservationDetails = {
  [N in ObservationName]: DetailsOf<(typeof OBSERVATIONS)[N]['details']>;
};

export type Observation = {
  [N in ObservationName]: {
    name: N;
    /** Whose logs show it. */
    told_by: 'server' | 'client';
    /** The session in which it shows most; null where it is about many together. */
    session_id: string | null;
    details: ObservationDetails[N];
    /** Lines that show it. */
    evidence: Evidence[];
  };
}[ObservationName];
