import { EVENT } from '../model/rows.ts';
import type { Check } from './check.ts';

/** A session born in this log starts at 1; one that an earlier run left goes on where it was. */
export const sequenceNotFromOne: Check = (session, _facts, findings) => {
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
};
