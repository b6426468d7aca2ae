import { EVENT, UNTOLD } from '../model/rows.ts';
import type { Check, Findings } from './check.ts';
import type { Facts } from './facts.ts';
import { byStream, type Session } from './session.ts';

/** What began before its log did shows there by what becomes of it. */
const TELLS_OF_OLDER: ReadonlySet<number> = new Set([
  EVENT.connection_opened,
  EVENT.connection_closed,
  EVENT.connection_failed,
  EVENT.document_unloaded,
]);

/**
 * A session's numbers rise in the order of its attempts (client) and of the handshakes the server
 * accepted, which is when each connection opened, never when it closed. Each log has an order of its own.
 */
export const sequenceNotIncreasing: Check = (session, facts, findings) => {
  for (const lines of [session.server, session.client]) {
    for (const [stream, ofStream] of byStream(session, lines, facts)) {
      const { opens } = facts.stream(stream);
      const isClient = lines === session.client;
      const hasBeginnings = isClient ? facts.clientAttempts || facts.clientOpens : opens;
      if (hasBeginnings) followBeginnings(session, ofStream, isClient, facts, findings);
      else if (isClient || !session.hasOpensElsewhere(stream)) {
        followCloses(session, ofStream, facts.startPrecisionMs(stream), findings);
      }
    }
  }
};

function followBeginnings(
  session: Session,
  lines: Int32Array,
  isClient: boolean,
  facts: Facts,
  findings: Findings,
): void {
  const { rows } = session;
  // What a client logs of each connection first; some log only those that were welcomed.
  const beginning =
    isClient && facts.clientAttempts ? EVENT.connection_attempt : EVENT.connection_opened;
  /** The latest beginning; before the first, the row with the highest number that is older. */
  let latest = -1;
  let hasBegun = false;
  for (const row of lines) {
    const number = rows.sequence(row);
    if (number === 0) continue;
    const event = rows.event(row);
    if (event === beginning) {
      // A stranger with the session's id, but not its token, is not part of its story.
      if (!isClient && session.isStranger(row)) continue;
      // Where a server tells whose its opens are, it does not tell of what was opened before.
      const isComparable = hasBegun || isClient || rows.verified(row) === UNTOLD;
      if (latest >= 0 && isComparable && number < rows.sequence(latest)) {
        tellFall(session, latest, row, isClient, findings);
      }
      latest = row;
      hasBegun = true;
    } else if (!hasBegun && TELLS_OF_OLDER.has(event) && session.isLeftOver(row)) {
      if (latest < 0 || number > rows.sequence(latest)) latest = row;
    }
  }
}

function tellFall(
  session: Session,
  previous: number,
  row: number,
  isClient: boolean,
  findings: Findings,
): void {
  // The client had given up on it, and gone on: it is not what came of its order.
  if (!isClient && session.attemptOf(row)?.wasGivenUp) findings.excuse('late-hello');
  else decrease(session, previous, row, findings);
}

function decrease(session: Session, previous: number, row: number, findings: Findings): void {
  const { rows } = session;
  const details = { previous: rows.sequence(previous) };
  findings.add('sequence-not-increasing', session, rows.sequence(row), details, [previous, row]);
}

/** Holds each close of a session against the highest number that surely started before it. */
function followCloses(
  session: Session,
  lines: Int32Array,
  precisionMs: number,
  findings: Findings,
): void {
  const { rows } = session;
  const startOf = (row: number) => rows.time(row) - rows.value(row) * 1000;
  const closes = lines.filter(
    (row) =>
      rows.event(row) === EVENT.connection_closed &&
      rows.sequence(row) > 0 &&
      !Number.isNaN(rows.value(row)),
  );
  if (!isInOrder(closes, startOf)) closes.sort((one, other) => startOf(one) - startOf(other));
  let earlier = 0;
  let highest = -1;
  for (const row of closes) {
    const start = startOf(row);
    for (; startOf(closes[earlier] as number) + precisionMs < start; earlier++) {
      const next = closes[earlier] as number;
      if (highest < 0 || rows.sequence(next) > rows.sequence(highest)) highest = next;
    }
    if (highest >= 0 && rows.sequence(row) < rows.sequence(highest)) {
      decrease(session, highest, row, findings);
    }
  }
}

function isInOrder(lines: Int32Array, startOf: (row: number) => number): boolean {
  let last = Number.NEGATIVE_INFINITY;
  for (const row of lines) {
    const start = startOf(row);
    if (start < last) return false;
    last = start;
  }
  return true;
}
