import {
  ABNORMAL_CLOSURE,
  GOING_AWAY,
  NO_STATUS_RECEIVED,
  NORMAL_CLOSURE,
} from '../../core/close-codes.ts';
import { BY_SUCCESSOR } from '../activity/close-counts.ts';
import type { Observe } from './observe.ts';

const MIN_CLOSES = 2;
const MIN_SHARE = 0.9;
/** They say nothing of why, and 0 is none. */
const SAY_NOTHING: ReadonlySet<number> = new Set([
  0,
  NORMAL_CLOSURE,
  GOING_AWAY,
  NO_STATUS_RECEIVED,
  ABNORMAL_CLOSURE,
]);

/** Nearly all connections end in one way that says why. */
export const oneCode: Observe<'one-code'> = ({ closes }) => {
  const of = closes.reduce((sum, { count }) => sum + count, 0);
  const one = closes.find(({ code, count }) => count >= MIN_SHARE * of && !SAY_NOTHING.has(code));
  if (!one || one.count < MIN_CLOSES) return undefined;
  const how = one.code === BY_SUCCESSOR ? 'superseded' : `${one.code}`;
  return { details: { closes: one.count, of, how }, lines: [one.place] };
};
