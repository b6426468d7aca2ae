import { EVENT, type Rows } from '../model/rows.ts';
import type { Check, Findings } from './check.ts';
import { type Covered, ofNumbers, WHOLE, without } from './coverage.ts';
import type { Facts } from './facts.ts';
import type { Session } from './session.ts';

const OUTCOMES: ReadonlySet<number> = new Set([
  EVENT.connection_opened,
  EVENT.connection_failed,
  EVENT.connection_closed,
  EVENT.document_unloaded,
]);

/** The client logs each attempt, so its numbers have no gap, and nothing comes of no attempt. */
export const attemptSkipped: Check = {
  coverage: (facts) => ofNumbers(facts, coverage(facts), 'client'),
  find,
};

function coverage({ logs, clientAttempts }: Facts): Covered {
  if (!logs.has('client')) return without('no-client-log');
  return clientAttempts ? WHOLE : without('no-attempts');
}

function find(session: Session, facts: Facts, findings: Findings): void {
  const { rows } = session;
  /** The row that says which number is next. */
  let last = -1;
  for (const row of session.client) {
    const number = rows.sequence(row);
    if (number === 0) continue;
    const event = rows.event(row);
    if (event === EVENT.connection_attempt || event === EVENT.sequence_advanced) {
      const expected = last < 0 ? number : rows.sequence(last) + 1;
      // Behind an advance, a number that is too low was seen by the server before; told twice, it is a repetition.
      const isRepeated = session.attemptOf(row)?.reused === true;
      const isTooLow = number < expected && isAdvance(rows, last) && !isRepeated;
      const isSkipped = number > expected || (isTooLow && !session.isOfOlderStorage(row));
      if (event === EVENT.connection_attempt && isSkipped) {
        findings.add('attempt-skipped', session, number, { expected }, [last, row]);
      }
      last = row;
    } else if (OUTCOMES.has(event) && facts.clientAttempts && session.isUnheardOf(row)) {
      if (session.isLeftOver(row)) findings.excuse('older-than-log');
      else findings.add('attempt-skipped', session, number, { expected: number }, [row]);
    }
  }
}

const isAdvance = (rows: Rows, row: number): boolean => rows.event(row) === EVENT.sequence_advanced;
