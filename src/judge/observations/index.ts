import type { Finding } from '../../model/findings.ts';
import type { Expectations } from '../../model/metrics.ts';
import {
  OBSERVATION_NAMES,
  type Observation,
  type ObservationDetails,
  type ObservationName,
} from '../../model/observations.ts';
import type { LinePlace } from '../../model/record.ts';
import type { ExpectedObservation } from '../../model/result.ts';
import type { Activity } from '../activity/activity.ts';
import type { Texts } from '../texts.ts';
import { flapping } from './flapping.ts';
import { ghosts } from './ghosts.ts';
import { lockstep } from './lockstep.ts';
import type { Observe } from './observe.ts';
import { oneCode } from './one-code.ts';
import { oneLifetime } from './one-lifetime.ts';
import { waves } from './waves.ts';

/** Every observation. */
const OBSERVE: { [N in ObservationName]: Observe<N> } = {
  'one-lifetime': oneLifetime,
  lockstep,
  flapping,
  ghosts,
  'one-code': oneCode,
  waves,
};

/** An observation in numbers and places. */
export interface RawObservation {
  name: ObservationName;
  told_by: 'server' | 'client';
  session: LinePlace | null;
  details: ObservationDetails[ObservationName];
  evidence: LinePlace[];
}

/** What stands out in what sessions did. */
export function observe(activity: Activity, sessions: { server: number }): RawObservation[] {
  return OBSERVATION_NAMES.flatMap((name) => {
    const seen = OBSERVE[name](activity);
    if (!seen) return [];
    const { details, session = null, lines: evidence } = seen;
    return [
      { name, told_by: sessions.server > 0 ? 'server' : 'client', session, details, evidence },
    ];
  });
}

/** The observation as somebody reads it. */
export function observed({ session, evidence, ...raw }: RawObservation, texts: Texts): Observation {
  return {
    ...raw,
    session_id: session ? (texts.record(session)?.session_id ?? null) : null,
    evidence: evidence.map(({ file, line }) => ({ file: texts.file(file), line })),
  } as Observation;
}

/** What became of each that was expected not to be made. */
export function outcomesOf(
  observations: readonly Observation[],
  { observations: names }: Expectations,
): ExpectedObservation[] {
  const made = new Set(observations.map(({ name }) => name));
  return [...new Set(names)].map((name) => ({ name, text: 'none', held: !made.has(name) }));
}

/** Those that were made all the same, as findings. */
export function unexpected(
  observations: readonly Observation[],
  { observations: names }: Expectations,
): Finding[] {
  return observations
    .filter(({ name }) => names.includes(name))
    .map(({ name, session_id, evidence }) => ({
      code: 'observation-unexpected',
      session_id,
      connection_sequence: null,
      details: { observation: name },
      evidence,
    }));
}
