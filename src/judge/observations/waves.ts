import { MAX_LINES, type Observe } from './observe.ts';
import { wavesOf } from './waves-of.ts';

const MIN_SESSIONS = 5;
const MIN_SHARE = 0.1;

/** Losses that hit a share of all sessions within a second: a deploy, a crash. */
export const waves: Observe<'waves'> = (activity) => {
  const least = Math.max(MIN_SESSIONS, MIN_SHARE * activity.sessions);
  const large = wavesOf(activity.waves).filter(({ sessions }) => sessions >= least);
  if (large.length === 0) return undefined;
  return {
    details: {
      sessions: Math.max(...large.map(({ sessions }) => sessions)),
      of: activity.sessions,
      times: 1 + large.slice(1).filter(({ isSequel }) => !isSequel).length,
    },
    lines: large.slice(0, MAX_LINES).map(({ lost }) => lost),
  };
};
