import { EVENT, type Rows, UNTOLD } from '../model/rows.ts';
import type { Check, Findings } from './check.ts';
import { acrossServers, type Covered, ofNumbers, partly, WHOLE, without } from './coverage.ts';
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
export const sequenceNotIncreasing: Check = {
  coverage: (facts) => ofNumbers(facts, coverage(facts)),
  find,
};

function coverage(facts: Facts): Covered {
  if (facts.clientAttempts || facts.clientOpens) return WHOLE;
  const [server, client] = [facts.closesAlone('server'), facts.closesAlone('client')];
  const untimed = server.untimed + client.untimed;
  const isOrdered = facts.serverOpens || server.closed + client.closed > untimed;
  if (untimed > 0) return isOrdered ? partly('no-durations') : without('no-durations');
  return acrossServers(facts);
}

function find(session: Session, facts: Facts, findings: Findings): void {
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
}

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
  // Told once, as a number that was used twice.
  else if (session.isOfOlderStorage(row)) return;
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
  const { size, closes, starts } = byStart(session, lines);
  let earlier = 0;
  let highest = -1;
  let highestNumber = 0;
  for (let at = 0; at < size; at++) {
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
interface Starts {
  size: number;
  closes: Int32Array;
  starts: Float64Array;
}

/** Used again for each session. */
let scratch: Starts = withRoomFor(64);

function withRoomFor(size: number): Starts {
  return { size: 0, closes: new Int32Array(size), starts: new Float64Array(size) };
}

function byStart({ rows }: Session, lines: Int32Array): Starts {
  if (lines.length > scratch.closes.length) scratch = withRoomFor(2 * lines.length);
  const { closes, starts } = scratch;
  let size = 0;
  let moves = 0;
  for (let at = 0; at < lines.length; at++) {
    const row = lines[at] as number;
    if (rows.event(row) !== EVENT.connection_closed || rows.sequence(row) === 0) continue;
    const start = rows.time(row) - rows.value(row) * 1000;
    if (Number.isNaN(start)) continue;
    // Connections mostly end in the order in which they start.
    let place = size++;
    for (; place > 0 && (starts[place - 1] as number) > start; place--) {
      starts[place] = starts[place - 1] as number;
      closes[place] = closes[place - 1] as number;
      if (++moves > MAX_MOVES * lines.length) return sorted(rows, lines);
    }
    starts[place] = start;
    closes[place] = row;
  }
  scratch.size = size;
  return scratch;
}

/** For each line; where closes come in no order at all, they are sorted at once. */
const MAX_MOVES = 32;

function sorted(rows: Rows, lines: Int32Array): Starts {
  const all = [...lines]
    .filter((row) => rows.event(row) === EVENT.connection_closed && rows.sequence(row) > 0)
    .map((row) => ({ row, start: rows.time(row) - rows.value(row) * 1000 }))
    .filter(({ start }) => !Number.isNaN(start))
    .sort((one, other) => one.start - other.start);
  return {
    size: all.length,
    closes: Int32Array.from(all, ({ row }) => row),
    starts: Float64Array.from(all, ({ start }) => start),
  };
}
