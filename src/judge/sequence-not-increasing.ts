import { EVENT, UNTOLD } from '../model/rows.ts';
import type { Check, Findings } from './check.ts';
import type { Facts } from './facts.ts';
import type { Session } from './session.ts';

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
  for (const { stream, lines } of session.serverLogs) {
    if (facts.stream(stream).opens) followBeginnings(session, lines, false, facts, findings);
    else if (!session.hasOpensElsewhere(stream)) {
      followCloses(session, lines, facts.startPrecisionMs(stream), findings);
    }
  }
  const hasBeginnings = facts.clientAttempts || facts.clientOpens;
  for (const { stream, lines } of session.clientLogs) {
    if (hasBeginnings) followBeginnings(session, lines, true, facts, findings);
    else followCloses(session, lines, facts.startPrecisionMs(stream), findings);
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
  const { closes, starts } = byStart(session, lines);
  let earlier = 0;
  let highest = -1;
  let highestNumber = 0;
  for (let at = 0; at < closes.length; at++) {
    const row = closes[at] as number;
    const start = starts[at] as number;
    for (; (starts[earlier] as number) + precisionMs < start; earlier++) {
      const next = closes[earlier] as number;
      if (rows.sequence(next) <= highestNumber) continue;
      highest = next;
      highestNumber = rows.sequence(next);
    }
    if (rows.sequence(row) < highestNumber) decrease(session, highest, row, findings);
  }
}

/** Closes in the order in which their connections started, and when that was, in milliseconds. */
function byStart({ rows }: Session, lines: Int32Array): { closes: number[]; starts: number[] } {
  const closes: number[] = [];
  const starts: number[] = [];
  let isInOrder = true;
  for (let at = 0; at < lines.length; at++) {
    const row = lines[at] as number;
    const start = rows.time(row) - rows.value(row) * 1000;
    const isClose = rows.event(row) === EVENT.connection_closed && rows.sequence(row) > 0;
    if (!isClose || Number.isNaN(start)) continue;
    isInOrder &&= starts.length === 0 || start >= (starts[starts.length - 1] as number);
    closes.push(row);
    starts.push(start);
  }
  if (isInOrder) return { closes, starts };
  const order = [...closes.keys()].sort(
    (one, other) => (starts[one] as number) - (starts[other] as number) || one - other,
  );
  return {
    closes: order.map((at) => closes[at] as number),
    starts: order.map((at) => starts[at] as number),
  };
}
