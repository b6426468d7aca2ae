import { GOING_AWAY, NO_STATUS_RECEIVED, NORMAL_CLOSURE } from '../../core/close-codes.ts';
import { CLOSED_BY, type Rows } from '../../model/rows.ts';

const [PEER, SERVER, NETWORK, HEARTBEAT, SUPERSEDED] = (
  ['peer', 'server', 'network', 'heartbeat', 'superseded'] as const
).map((by) => CLOSED_BY.indexOf(by));

/** The ends of connections that nobody meant to end, as far as the line of the close tells. */
export const [NO_LOSS, LOSS, LOSS_IF_BACK] = [0, 1, 2] as const;

/** By who closed it or, where that is not told, by its code; without a code, by whether the session comes back. */
export function lossBy(rows: Rows, closed: number): 0 | 1 | 2 {
  const by = rows.detail(closed);
  if (by === SERVER || by === NETWORK || by === HEARTBEAT) return LOSS;
  if (by === PEER || by === SUPERSEDED) return NO_LOSS;
  const code = rows.code(closed);
  if (code === 0) return LOSS_IF_BACK;
  const isMeant = code === NORMAL_CLOSURE || code === GOING_AWAY || code === NO_STATUS_RECEIVED;
  return isMeant ? NO_LOSS : LOSS;
}

/** Its wire was dead, so it was no longer alive when it ended. */
export function diedBefore(rows: Rows, closed: number): boolean {
  const by = rows.detail(closed);
  return by === NETWORK || by === HEARTBEAT || by === SUPERSEDED || rows.code(closed) === 1006;
}

export const isSuperseded = (rows: Rows, closed: number): boolean =>
  rows.detail(closed) === SUPERSEDED;
