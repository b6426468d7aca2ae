import type { LinePlace } from '../model/record.ts';
import { EVENT, EVENTS } from '../model/rows.ts';
import { type Check, type Findings, placeOf } from './check.ts';
import { type Covered, partly, WHOLE, without } from './coverage.ts';
import type { Claim, Facts } from './facts.ts';
import type { OrphanedEnd, Session } from './session.ts';

/** An end belongs to a beginning, and is the only one. */
export const closeOrphaned: Check = { coverage, find };

function coverage(facts: Facts): Covered {
  const serversOpen = facts.serverOpens && facts.allServersOpen;
  if (!(serversOpen || facts.clientOpens || facts.clientAttempts)) return without('no-opens');
  // Sessions that are in no log of opens may be another server's.
  return facts.mayBeSplit ? partly('no-opens') : WHOLE;
}

function find(session: Session, facts: Facts, findings: Findings): void {
  const { rows } = session;
  for (const end of [...session.orphanedEnds, ...closesWithoutOpen(session, facts, findings)]) {
    const { row, log, earlier } = end;
    if (facts.isNumberless(log, rows, row)) continue;
    const details = { side: log, event: EVENTS[rows.event(row)] as string, earlier: earlier >= 0 };
    const isElsewhere = earlier < 0 && rows.hasClient(row);
    // A beginning with this client id stands elsewhere, then: one of the two has a wrong number.
    if (isElsewhere) findings.ask(rows.clientLow(row), rows.clientHigh(row));
    const other = isElsewhere ? beginningElsewhere(session, end, facts) : undefined;
    const first = earlier >= 0 ? placeOf(rows, earlier) : other;
    const place = placeOf(rows, row);
    const proof = first ? [first, place] : [place];
    findings.addPlaced('close-orphaned', session, row, rows.sequence(row), details, proof);
  }
}

function closesWithoutOpen(session: Session, facts: Facts, findings: Findings): OrphanedEnd[] {
  const { rows } = session;
  const orphanedEnds: OrphanedEnd[] = [];
  for (const { handshakes } of session.attempts) {
    for (const { opened, closed, isLeftOver } of handshakes) {
      if (opened >= 0 || closed < 0) continue;
      const stream = facts.streamOf(rows, closed);
      // A log without opens may be one half of a server's, or all there is of another server's.
      if (!facts.stream(stream).opens && !session.hasOpensElsewhere(stream)) continue;
      if (isLeftOver) findings.excuse('older-than-log');
      else orphanedEnds.push({ row: closed, log: 'server', earlier: -1 });
    }
  }
  return orphanedEnds;
}

function beginningElsewhere(
  { rows }: Session,
  { row, log }: OrphanedEnd,
  facts: Facts,
): LinePlace | undefined {
  const index = log === 'server' ? 0 : 1;
  const isBeginning = (claim: Claim) =>
    claim.log === index &&
    claim.connection_sequence > 0 &&
    (claim.event === EVENT.connection_opened ||
      (log === 'client' && !facts.clientOpens && claim.event === EVENT.connection_closed));
  return facts.claims(rows.clientLow(row), rows.clientHigh(row)).findLast(isBeginning)?.place;
}
