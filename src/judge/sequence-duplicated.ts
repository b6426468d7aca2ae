import { EVENT, EVENTS, type Rows, sameClient, sameDocument, UNTOLD } from '../model/rows.ts';
import type { Attempt, Handshake } from './attempt.ts';
import type { Check, Findings } from './check.ts';
import { type Covered, ofNumbers, WHOLE, without } from './coverage.ts';
import type { Facts } from './facts.ts';
import type { Session } from './session.ts';

/** Every number is spent once: before the socket is opened, so that no crash can use it twice. */
export const sequenceDuplicated: Check = {
  coverage: (facts) => ofNumbers(facts, coverage(facts)),
  find,
};

function coverage({ serverOpens, clientAttempts, clientOpens, data }: Facts): Covered {
  const isCovered = serverOpens || clientAttempts || clientOpens || data.clientIds;
  return isCovered ? WHOLE : without('no-client-ids');
}

function find(session: Session, facts: Facts, findings: Findings): void {
  const { rows } = session;
  for (const attempt of session.attempts) {
    if (attempt.first === attempt.last || attempt.number < 0) continue;
    const earlier = attemptedTwice(session, attempt, facts);
    for (let row = attempt.first; row >= 0; row = session.next(row)) {
      const isServers = facts.logOf(rows, row) === 0;
      const first = isServers ? acceptedTwice(session, attempt, row, facts) : earlier(row);
      if (first < 0) continue;
      const isOwn = isServers ? wasAccepted(rows, attempt, row) : sameDocument(rows, first, row);
      // Restored or not, a page knows its own numbers.
      if (!isOwn && session.isOfOlderStorage(row)) {
        findings.excuse('storage-restored');
        continue;
      }
      const details = { event: EVENTS[rows.event(row)] as string };
      findings.add('sequence-duplicated', session, attempt.number, details, [first, row]);
    }
  }
}

/** For a client's row, one after the other: the row that used the number before it; -1 for none. */
function attemptedTwice({ rows }: Session, { leftOver }: Attempt, facts: Facts) {
  let attempted = -1;
  let welcome = -1;
  let hasEnded = false;
  return (row: number): number => {
    const event = rows.event(row);
    if (event === EVENT.connection_attempt) {
      const isOlder = leftOver >= 0 && leftOver < row && isSameStream(rows, leftOver, row, facts);
      const first = attempted < 0 && isOlder ? leftOver : attempted;
      [attempted, welcome, hasEnded] = [row, -1, false];
      return first;
    }
    if (event === EVENT.connection_opened) {
      const first = welcome;
      if (first < 0 && !hasEnded) welcome = row;
      return first;
    }
    if (event !== EVENT.fault_injected) hasEnded = true;
    return -1;
  };
}

/** The server had accepted the row's page under that number before. */
const wasAccepted = (rows: Rows, { handshakes }: Attempt, row: number): boolean =>
  handshakes.some(({ opened }) => opened >= 0 && opened < row && sameDocument(rows, opened, row));

const isSameStream = (rows: Rows, one: number, other: number, facts: Facts): boolean =>
  facts.streamOf(rows, one) === facts.streamOf(rows, other);

/** The first row of another connection that a server accepted under the number; -1 for none. */
function acceptedTwice(session: Session, attempt: Attempt, row: number, facts: Facts): number {
  const { rows } = session;
  const isClose = rows.event(row) === EVENT.connection_closed;
  if (!isClose) {
    return rows.event(row) === EVENT.connection_opened
      ? otherBeginning(session, attempt, row, facts)
      : -1;
  }
  const stream = facts.streamOf(rows, row);
  // Where a server logs closes only, they are all there is of its connections.
  const { opens } = facts.stream(stream);
  if (opens) return session.isLeftOver(row) ? otherBeginning(session, attempt, row, facts) : -1;
  const isHalf = facts.mayBeSplit && session.hasOpensElsewhere(stream);
  return isHalf ? -1 : otherBeginning(session, attempt, row, facts);
}

function otherBeginning(
  session: Session,
  { handshakes }: Attempt,
  row: number,
  facts: Facts,
): number {
  const { rows } = session;
  const tellsOpens = (of: number) => facts.stream(facts.streamOf(rows, of)).opens;
  const isClose = rows.event(row) === EVENT.connection_closed;
  const isOlderClose = isClose && tellsOpens(row);
  const isSame = ({ named }: Handshake) => sameClient(rows, named, row);
  const isBefore = (of: number) => of >= 0 && of < row;
  // What ends now has been told of before.
  if (isClose && handshakes.some((one) => one.named < row && isSame(one))) return -1;
  const other = handshakes.find((handshake) => {
    const { opened, closed, isLeftOver } = handshake;
    if (isBefore(opened)) {
      // Where opens tell whose they are, older closes do not.
      if (isOlderClose && rows.verified(opened) !== UNTOLD) return false;
      return !areStrangers(session, handshake, row);
    }
    if (!isBefore(closed) || isSame(handshake)) return false;
    if (!tellsOpens(closed)) return true;
    return isLeftOver && !isOlderClose && rows.verified(row) === UNTOLD;
  });
  if (!other) return -1;
  return isBefore(other.opened) ? other.opened : other.closed;
}

/**
 * A peer with the session's id, but not its token, is not part of the session's story, whichever of the two
 * came first.
 */
function areStrangers(session: Session, { named, opened }: Handshake, row: number): boolean {
  const { rows } = session;
  const isSameId =
    rows.clientLow(named) === rows.clientLow(row) &&
    rows.clientHigh(named) === rows.clientHigh(row);
  return !isSameId && (session.isStranger(opened) || session.isStranger(row));
}
