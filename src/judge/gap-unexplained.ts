import { ABNORMAL_CLOSURE } from '../core/close-codes.ts';
import { EVENT } from '../model/rows.ts';
import type { Attempt } from './attempt.ts';
import type { Check, Findings } from './check.ts';
import { type Covered, fromBothLogs, ofNumbers, without } from './coverage.ts';
import type { Facts } from './facts.ts';
import { isWithin } from './is-within.ts';
import type { Session } from './session.ts';
import { tellsOfVanished } from './vanished.ts';

/**
 * A number that the server never saw is information where the client says that the attempt failed, or
 * went with its page; otherwise the server's log lacks a connection.
 */
export const gapUnexplained: Check = {
  coverage: (facts) => ofNumbers(facts, ofNumbers(facts, coverage(facts), 'client'), 'server'),
  find,
};

function coverage(facts: Facts): Covered {
  const covered = fromBothLogs(facts);
  const isTold = facts.clientAttempts || facts.clientOpens;
  return !covered.ran || isTold ? covered : without('no-attempts');
}

function find(session: Session, facts: Facts, findings: Findings): void {
  if (!facts.logs.has('server') || !facts.logs.has('client')) return;
  if (facts.isUnnumbered.server) return;
  for (const attempt of session.attempts) {
    const { opened, attempted, ended } = attempt;
    const begun = opened >= 0 ? opened : attempted;
    if (begun < 0 || attempt.number < 0 || isKnownToServer(session, attempt, facts)) continue;
    if (isExplained(session, attempt, facts, findings)) continue;
    if (!isWithin('server', session, attempt, facts)) continue;
    findings.add('gap-unexplained', session, attempt.number, {}, [begun, ended]);
  }
}

function isKnownToServer(
  { rows }: Session,
  { handshakes, rejected, opened }: Attempt,
  facts: Facts,
): boolean {
  if (handshakes.length > 0 || rejected >= 0) return true;
  return opened >= 0 && facts.isNumberless('server', rows, opened);
}

function isExplained(
  { rows }: Session,
  { opened, ended }: Attempt,
  facts: Facts,
  findings: Findings,
): boolean {
  if (opened >= 0) {
    // To a server that logs closes only, what was dropped in silence may still be open.
    const wasDropped = ended >= 0 && rows.code(ended) === ABNORMAL_CLOSURE;
    if (!wasDropped || facts.allServersOpen) return false;
    findings.excuse('dropped-in-silence');
    return true;
  }
  if (ended < 0) return !facts.clientEnds;
  const event = rows.event(ended);
  return (
    event === EVENT.connection_failed ||
    event === EVENT.document_unloaded ||
    tellsOfVanished(rows, ended)
  );
}
