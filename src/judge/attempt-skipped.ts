import { EVENT } from '../model/rows.ts';
import type { Check } from './check.ts';

const OUTCOMES: ReadonlySet<number> = new Set([
  EVENT.connection_opened,
  EVENT.connection_failed,
  EVENT.connection_closed,
  EVENT.document_unloaded,
]);

/** The client logs each attempt, so its numbers have no gap, and nothing comes of no attempt. */
export const attemptSkipped: Check = (session, facts, findings) => {
  const { rows } = session;
  /** The row that says which number is next. */
  let last = -1;
  for (const row of session.client) {
    const number = rows.sequence(row);
    if (number === 0) continue;
    const event = rows.event(row);
    if (event === EVENT.connection_attempt || event === EVENT.sequence_advanced) {
      const expected = last < 0 ? number : rows.sequence(last) + 1;
      if (event === EVENT.connection_attempt && number > expected) {
        findings.add('attempt-skipped', session, number, { expected }, [last, row]);
      }
      last = row;
    } else if (OUTCOMES.has(event) && facts.clientAttempts && session.isUnheardOf(row)) {
      if (session.isLeftOver(row)) findings.excuse('older-than-log');
      else findings.add('attempt-skipped', session, number, { expected: number }, [row]);
    }
  }
};
