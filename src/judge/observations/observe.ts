import type { ObservationDetails, ObservationName } from '../../model/observations.ts';
import type { LinePlace } from '../../model/record.ts';
import type { Activity } from '../activity/activity.ts';

/** What stands out, in numbers and places; undefined where it does not. */
export interface Seen<N extends ObservationName> {
  details: ObservationDetails[N];
  /** A line of the session in which it shows most. */
  session?: LinePlace | undefined;
  lines: LinePlace[];
}

/** One rule: a pure function of what sessions did. */
export type Observe<N extends ObservationName> = (activity: Activity) => Seen<N> | undefined;

/** Lines that are shown. */
export const MAX_LINES = 3;
