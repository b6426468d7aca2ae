import { EVENT } from '../model/rows.ts';
import type { Check, Findings } from './check.ts';
import { type Covered, ofNumbers, WHOLE, without } from './coverage.ts';
import type { Facts } from './facts.ts';
import type { Session } from './session.ts';

/** A session born in this log starts at 1; one that an earlier run left goes on where it was. */
export const sequenceNotFromOne: Check = {
  coverage: (facts) => ofNumbers(facts, coverage(facts), 'client'),
  find,
};

function coverage(facts: Facts): Covered {
  if (!facts.logs.has('client')) return without('no-client-log');
  if (!facts.clientAttempts) return without('no-attempts');
  return facts.has('client', 'session_started') ? WHOLE : without('no-session-starts');
}

function find(session: Session, _facts: Facts, findings: Findings): void {
  const { rows } = session;
  let isNew = false;
  for (const row of session.client) {
    const event = rows.event(row);
    if (event === EVENT.session_started) isNew = true;
    if (event !== EVENT.connection_attempt || !isNew) continue;
    isNew = false;
    const number = rows.sequence(row);
    if (number > 1) findings.add('sequence-not-from-one', session, number, {}, [row]);
  }
}
