import { SUPERSEDED } from '../core/close-codes.ts';
import { documentKey, EVENT, SESSION_REASONS, sameDocument } from '../model/rows.ts';
import { type Check, type Findings, placeOf } from './check.ts';
import { type Covered, WHOLE, without } from './coverage.ts';
import type { Claim, Facts } from './facts.ts';
import type { Session } from './session.ts';

const [NEW, DUPLICATE] = (['new', 'duplicate-tab'] as const).map((reason) =>
  SESSION_REASONS.indexOf(reason),
);

/**
 * A page is new once, and a copy once. Frames of one tab that take each other for copies begin one session after another, each
 * at 1, and no reconnect is ever counted.
 */
export const forkRepeated: Check = { coverage, find };

function coverage(facts: Facts): Covered {
  if (!facts.logs.has('client')) return without('no-client-log');
  return facts.has('client', 'session_started') ? WHOLE : without('no-session-starts');
}

/** A session that a page began as a copy. */
interface Fork {
  session: Session;
  row: number;
}

function find(session: Session, facts: Facts, findings: Findings): void {
  if (facts.data.begunAgain.size > 0) findNewAgain(session, facts, findings);
  findCopies(session, findings);
}

/** The page began other sessions as new, which are no family of this one. */
function findNewAgain(session: Session, facts: Facts, findings: Findings): void {
  const { rows } = session;
  for (const row of session.client) {
    if (rows.event(row) !== EVENT.session_started || rows.detail(row) !== NEW) continue;
    const times = facts.data.begunAgain.get(documentKey(rows, row));
    if (times === undefined || !hasAttemptOf(session, row)) continue;
    if (beginsElsewhere(session, row, facts, findings)) {
      findings.add('fork-repeated', session, null, { times }, [row]);
    }
  }
}

/** Else the line that begins the session is the one that is wrong, and another finding says so. */
const hasAttemptOf = ({ rows, client }: Session, start: number): boolean =>
  client.some(
    (row) => rows.event(row) === EVENT.connection_attempt && sameDocument(rows, row, start),
  );

/** The page began another session as new, and dialled in it. */
function beginsElsewhere(
  { rows, low, high }: Session,
  start: number,
  facts: Facts,
  findings: Findings,
): boolean {
  const [documentLow, documentHigh] = [rows.documentLow(start), rows.documentHigh(start)];
  findings.ask(documentLow, documentHigh);
  const others = facts
    .claims(documentLow, documentHigh)
    .filter((claim) => claim.sessionLow !== low || claim.sessionHigh !== high);
  return others.some(
    (start) =>
      start.event === EVENT.session_started &&
      start.detail === NEW &&
      others.some((dial) => dial.event === EVENT.connection_attempt && isOfSession(dial, start)),
  );
}

function findCopies({ rows, family, low, high }: Session, findings: Findings): void {
  const [first] = family.sessions;
  // Once a family. A page that forked twice left two sessions behind.
  if (family.sessions.length < 3 || first?.low !== low || first?.high !== high) return;
  for (const inAnyOrder of forksByPage(family.sessions).values()) {
    // Rows of several sessions stand in no order.
    const forks = inAnyOrder.toSorted(
      (one, other) => rows.position(one.row) - rows.position(other.row),
    );
    const [earlier, last] = [forks[0], forks.at(-1)];
    if (!earlier || !last || forks.length < 2) continue;
    const evidence = forks.map(({ row }) => placeOf(rows, row));
    const { session, row } = last;
    const details = { times: forks.length };
    findings.addPlaced('fork-repeated', session, row, null, details, evidence);
  }
}

const isOfSession = (one: Claim, other: Claim): boolean =>
  one.sessionLow === other.sessionLow && one.sessionHigh === other.sessionHigh;

/** By document, without those that the server told to leave their session. */
function forksByPage(sessions: readonly Session[]): Map<string, Fork[]> {
  const forks = new Map<string, Fork[]>();
  const told = new Map<string, number>();
  for (const session of sessions) {
    const { rows } = session;
    for (const row of session.client) {
      if (!rows.hasDocument(row)) continue;
      const page = documentKey(rows, row);
      const event = rows.event(row);
      if (event === EVENT.session_started && rows.detail(row) === DUPLICATE) {
        forks.set(page, [...(forks.get(page) ?? []), { session, row }]);
      } else if (event === EVENT.connection_closed && rows.code(row) === SUPERSEDED) {
        told.set(page, (told.get(page) ?? 0) + 1);
      }
    }
  }
  for (const [page, times] of told) forks.get(page)?.splice(0, times);
  return forks;
}
