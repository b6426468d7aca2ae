import { EVENT, type Rows } from '../model/rows.ts';
import { type Check, cite, type Findings } from './check.ts';
import { WHOLE } from './coverage.ts';
import type { Facts } from './facts.ts';
import type { Session } from './session.ts';

/** What the line has for a number, where it has none, or names no session. */
export const ABSENT = 'absent';
export const NO_SESSION = ', and it names no session';

/** A line about a connection that names no session or no number can't be followed. */
export const sequenceMissing: Check = { coverage: () => WHOLE, find };

function find(session: Session, _facts: Facts, findings: Findings): void {
  const { rows } = session;
  for (const lines of [session.server, session.client]) {
    for (const row of lines) {
      const number = rows.sequence(row);
      if ((number !== 0 && rows.hasSession(row)) || !isOfConnection(rows, row)) continue;
      const value =
        number === 0 ? cite(rows, row, 'connection_sequence') : `${number}${NO_SESSION}`;
      findings.add('sequence-missing', session, null, { value }, [row]);
    }
  }
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
