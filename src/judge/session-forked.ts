import { documentKey, EVENT, type Rows, sameDocument } from '../model/rows.ts';
import { type Check, cite, type Findings } from './check.ts';
import { acrossServers, type Covered, WHOLE, without } from './coverage.ts';
import type { Claim, Facts } from './facts.ts';
import type { Session } from './session.ts';
import { saysVanished } from './vanished.ts';

/** A session belongs to one tab, which has one document at a time. */
export const sessionForked: Check = { coverage, find };

function coverage(facts: Facts): Covered {
  if (facts.clientDocuments) return WHOLE;
  if (facts.data.serverDocuments) return acrossServers(facts);
  return without(facts.has('client', 'document_loaded') ? 'no-unloads' : 'no-documents');
}

function find(session: Session, facts: Facts, findings: Findings): void {
  // Nothing is known of the order between two logs. Where clients don't say that a page goes, it may have.
  if (facts.clientDocuments) {
    for (const { lines } of session.clientLogs) {
      followPages(session, lines, facts, findings);
    }
  }
  for (const { lines } of session.serverLogs) {
    followConnections(session, lines, findings);
  }
}

/** Client log: a document that loads into a session finds the one before it gone. */
function followPages(session: Session, lines: Int32Array, facts: Facts, findings: Findings): void {
  const { rows } = session;
  /** By document: the row since which it is there; and since which it may be, if it was loaded elsewhere. */
  const live = new Map<string, number>();
  const moved = new Map<string, number>();
  for (const row of lines) {
    const event = rows.event(row);
    if (!OF_PAGES.has(event) || !rows.hasDocument(row) || saysVanished(rows, row)) continue;
    const document = documentKey(rows, row);
    if (event === EVENT.document_unloaded) {
      live.delete(document);
      moved.delete(document);
    } else if (event === EVENT.session_started) {
      if (!live.has(document)) moved.set(document, row);
    } else {
      moved.delete(document);
      for (const [other, since] of live) {
        if (other === document || session.hasVanishedBefore(since, row)) continue;
        if (hasLeft(session, since, row, facts, findings)) continue;
        fork(session, 0, [since, row], findings);
      }
      for (const since of moved.values()) {
        if (
          !session.hasVanishedBefore(since, row) &&
          hasCome(session, since, facts, findings) &&
          !hasLeft(session, since, row, facts, findings)
        )
          fork(session, 0, [since, row], findings);
      }
      live.set(document, row);
    }
  }
}

/** Lines of the log about a row's document: what other sessions' have to be asked for. */
function claimsOn({ rows }: Session, row: number, facts: Facts, findings: Findings): Claim[] {
  const [low, high] = [rows.documentLow(row), rows.documentHigh(row)];
  findings.ask(low, high);
  const stream = facts.streamOf(rows, row);
  return facts
    .claims(low, high)
    .filter(
      ({ place, event }) => facts.data.files[place.file]?.stream === stream && OF_PAGES.has(event),
    );
}

const OF_PAGES: ReadonlySet<number> = new Set([
  EVENT.session_started,
  EVENT.document_loaded,
  EVENT.document_unloaded,
]);

const positionOf = ({ place }: Claim): number => place.file * 2 ** 32 + place.line;

/** The document went, or moved to another session, as that one's lines tell. */
function hasLeft(
  session: Session,
  since: number,
  until: number,
  facts: Facts,
  findings: Findings,
): boolean {
  const { rows, low, high } = session;
  return claimsOn(session, since, facts, findings).some((claim) => {
    const position = positionOf(claim);
    const isOther = claim.sessionLow !== low || claim.sessionHigh !== high;
    return isOther && position > rows.position(since) && position < rows.position(until);
  });
}

/** A document that a session's start names was loaded before, in another session. */
function hasCome(session: Session, since: number, facts: Facts, findings: Findings): boolean {
  const before = claimsOn(session, since, facts, findings).filter(
    (claim) => positionOf(claim) < session.rows.position(since),
  );
  const isLoaded = before.findLastIndex(({ event }) => event === EVENT.document_loaded);
  const isGone = before.findLastIndex(({ event }) => event === EVENT.document_unloaded);
  return isLoaded > isGone;
}

/** Server log: documents follow each other; one that comes back had never gone. */
function followConnections(session: Session, lines: Int32Array, findings: Findings): void {
  const { rows } = session;
  if (!hasDocuments(rows, lines)) return;
  // A stranger's document is none of the session's.
  const opens = lines.filter(
    (row) =>
      rows.event(row) === EVENT.connection_opened &&
      rows.hasDocument(row) &&
      !session.isStranger(row),
  );
  if (!firstToComeBack(rows, opens)) return;
  // A page that has gone may be heard of late.
  const inTime = opens.filter((row) => !session.attemptOf(row)?.wasGivenUp);
  const forked = firstToComeBack(rows, inTime);
  if (forked) fork(session, rows.sequence(forked.at(-1) as number), forked, findings);
  else findings.excuse('late-hello');
}

/** Whether there are two at all that could take turns. */
function hasDocuments(rows: Rows, lines: Int32Array): boolean {
  let first = -1;
  for (const row of lines) {
    if (rows.event(row) !== EVENT.connection_opened || !rows.hasDocument(row)) continue;
    if (first < 0) first = row;
    else if (!sameDocument(rows, first, row)) return true;
  }
  return false;
}

/** Two rivals alternate for as long as they live: told once. */
function firstToComeBack(rows: Rows, opens: Int32Array): number[] | undefined {
  const seen = new Map<string, number>();
  let previous = -1;
  for (const row of opens) {
    if (previous < 0 || !sameDocument(rows, previous, row)) {
      const document = documentKey(rows, row);
      const earlier = seen.get(document);
      if (earlier !== undefined) return [earlier, previous, row];
      seen.set(document, row);
    }
    previous = row;
  }
  return undefined;
}

/** @param number 0 for none */
function fork(session: Session, number: number, lines: number[], findings: Findings): void {
  const { rows } = session;
  const first = new Map<string, number>();
  for (const row of lines) {
    const document = documentKey(rows, row);
    if (!first.has(document)) first.set(document, row);
  }
  const documents = [...first.values()].map((row) => cite(rows, row, 'document_id'));
  findings.add('session-forked', session, number || null, { documents }, lines);
}
