import { EVENT, type Rows } from '../model/rows.ts';
import { type Check, cite, type Findings } from './check.ts';
import { ofNumbers, WHOLE } from './coverage.ts';
import type { Facts } from './facts.ts';
import type { Session } from './session.ts';

/** What the line has for a number, where it has none, or names no session. */
export const ABSENT = 'absent';
export const NO_SESSION = ', and it names no session';

/** A line about a connection that names no session or no number can't be followed. */
export const sequenceMissing: Check = {
  coverage: (facts) => ofNumbers(facts, WHOLE),
  find,
};

function find(session: Session, facts: Facts, findings: Findings): void {
  const { rows } = session;
  for (const lines of [session.server, session.client]) {
    for (const row of lines) {
      if (!isOfConnection(rows, row)) continue;
      const number = rows.sequence(row);
      const stream = facts.streamOf(rows, row);
      const lacksNumber = number === 0 && facts.isNumbered(stream);
      if (rows.hasSession(row)) {
        if (!lacksNumber) continue;
      } else if (isOlderClose(rows, row, stream, facts)) {
        findings.excuse('older-than-log');
        continue;
      } else if (!facts.isNumbered(stream)) {
        withoutSession(session, row, facts, findings);
        continue;
      }
      const value = lacksNumber
        ? cite(rows, row, 'connection_sequence')
        : `${number || ABSENT}${NO_SESSION}`;
      findings.add('sequence-missing', session, null, { value }, [row]);
    }
  }
}

/** In a log that numbers nothing, people may never log in; but one that names no session tells nothing. */
function withoutSession(session: Session, row: number, facts: Facts, findings: Findings): void {
  const { rows } = session;
  const { hasSessions, hasOpened } = facts.stream(facts.streamOf(rows, row));
  const isFirst = rows.event(row) === EVENT.connection_opened || !hasOpened;
  if (!hasSessions) findings.doubt('no-sessions', session, row, 1);
  else if (isFirst) findings.excuse('without-session');
}

/** It names its connection alone, and the open that would say whose that is may be older than the log. */
function isOlderClose(rows: Rows, row: number, stream: number, facts: Facts): boolean {
  const { hasOpened, namesSessions } = facts.stream(stream);
  return (
    rows.event(row) === EVENT.connection_closed &&
    rows.hasClient(row) &&
    hasOpened &&
    namesSessions &&
    facts.mayHaveBegunBefore(rows, row)
  );
}

/** Of clients' and servers' lines; a page that goes may leave a connection, or none. */
export function isOfConnection(rows: Rows, row: number): boolean {
  const event = rows.event(row);
  return event === EVENT.document_unloaded ? rows.hasClient(row) : OF_CONNECTIONS.has(event);
}

const OF_CONNECTIONS: ReadonlySet<number> = new Set([
  EVENT.connection_attempt,
  EVENT.connection_opened,
  EVENT.connection_failed,
  EVENT.connection_closed,
]);
