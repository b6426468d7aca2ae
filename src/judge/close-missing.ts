import type { ExcuseCode } from '../model/findings.ts';
import { EVENT, FAULT_BITS, NO, namesSameClient } from '../model/rows.ts';
import { after } from './after.ts';
import type { Attempt } from './attempt.ts';
import type { Check, Findings } from './check.ts';
import { type Covered, partly, WHOLE, without } from './coverage.ts';
import type { Facts } from './facts.ts';
import type { Session } from './session.ts';
import type { Process } from './stream-facts.ts';
import { tellsOfVanished } from './vanished.ts';

/**
 * What the server still had to do to log a close before it was killed: hear of it, and have its turn.
 * A connection that ended this shortly before the kill is excused.
 */
const KILL_GRACE_MS = 100;
/** The same of a server that wsdiag has not written, and that may be in no hurry. */
const FOREIGN_GRACE_MS = 1000;
const graceOf = ({ isTold }: Process): number => (isTold ? FOREIGN_GRACE_MS : KILL_GRACE_MS);

/** Every connection and attempt has an end; only a kill excuses a server from logging it. */
export const closeMissing: Check = { coverage, find };

function coverage({ logs, serverEnds, clientEnds }: Facts): Covered {
  if (!serverEnds && !clientEnds) return without('no-bounds');
  const isWhole = (!logs.has('server') || serverEnds) && (!logs.has('client') || clientEnds);
  return isWhole ? WHOLE : partly('no-bounds');
}

function find(session: Session, facts: Facts, findings: Findings): void {
  if (facts.clientEnds) earlierMissing(session, findings);
  for (const attempt of session.attempts) {
    if (facts.clientEnds) clientMissing(session, attempt, facts, findings);
    for (const { opened, closed } of attempt.handshakes) {
      if (opened >= 0 && closed < 0) serverMissing(session, attempt, opened, facts, findings);
    }
  }
}

function clientMissing(session: Session, attempt: Attempt, facts: Facts, findings: Findings): void {
  const { attempted, opened, ended } = attempt;
  const begun = opened >= 0 ? opened : attempted;
  if (ended >= 0 && tellsOfVanished(session.rows, ended)) findings.excuse('page-vanished');
  if (begun < 0 || ended >= 0) return;
  if (opened >= 0 && facts.isNumberless('client', session.rows, opened)) return;
  missing(session, attempt.number, begun, findings);
}

/** Where a number may have been used before, that use has an end of its own; else it is found to be used again. */
function earlierMissing(session: Session, findings: Findings): void {
  const { rows } = session;
  for (const { begun, again } of session.unendedUses) {
    if (!session.isOfOlderStorage(again)) continue;
    if (session.endOf(begun) >= 0) findings.excuse('page-vanished');
    else missing(session, rows.sequence(begun), begun, findings);
  }
}

function missing(session: Session, number: number, begun: number, findings: Findings): void {
  const isOpen = session.rows.event(begun) === EVENT.connection_opened;
  const event = isOpen ? 'connection_opened' : 'connection_attempt';
  findings.add('close-missing', session, number, { side: 'client', event }, [begun]);
}

/** What a server that is gone had opened, and never logged as closed. */
function serverMissing(
  session: Session,
  attempt: Attempt,
  opened: number,
  facts: Facts,
  findings: Findings,
): void {
  const { rows } = session;
  const process = facts.processOf(rows, opened);
  // A log that ends in mid-run lacks closes; that is a doubt, not a finding.
  if (process === undefined || process.end === 'running') return;
  if (facts.isNumberless('server', rows, opened)) return;
  const excuse =
    process.end === 'killed' ? excuseOf(session, attempt, opened, process, facts) : undefined;
  if (excuse) {
    findings.excuse(excuse);
    return;
  }
  const details = { side: 'server', event: 'connection_opened' } as const;
  findings.add('close-missing', session, attempt.number, details, [opened, attempt.ended]);
}

/** Why a server that was killed may not have had to log the close; undefined where it had to. */
function excuseOf(
  session: Session,
  attempt: Attempt,
  opened: number,
  process: Process,
  facts: Facts,
): ExcuseCode | undefined {
  const killed = facts.killedAt(process);
  if (wasSuperseded(session, opened, process, facts)) return undefined;
  const ended = endOf(session, attempt, opened);
  const begun = process.isTold ? attempt.opened : opened;
  const until = (killed ?? 0) - graceOf(process);
  if (hasEnded(session, attempt, begun, ended, until)) return undefined;
  const isTooSoon = ended >= 0 && killed !== undefined && session.rows.time(ended) < killed;
  return isTooSoon ? 'killed-too-soon' : 'server-killed';
}

/** The client's end of what the server opened; -1 where none is known to be. */
function endOf({ rows }: Session, { ended, reused }: Attempt, opened: number): number {
  const isKnown = ended >= 0 && (!reused || namesSameClient(rows, ended, opened));
  return isKnown ? ended : -1;
}

/**
 * The client saw the end while the server lived, and nothing kept the server from hearing of it.
 *
 * @param begun a line that says that it had opened, by a clock that kills are told by; -1 where there is none
 * @param until milliseconds since the epoch
 */
function hasEnded(
  session: Session,
  { faults }: Attempt,
  begun: number,
  ended: number,
  until: number,
): boolean {
  if (ended < 0 || begun < 0) return false;
  const { rows } = session;
  if (Math.max(rows.time(ended), rows.time(begun)) >= until) return false;
  const isHalfOpen = faults.some((fault) => (rows.detail(fault) & FAULT_BITS.half_open) !== 0);
  return !isHalfOpen && !session.family.isDelayed(session);
}

/** The server closes a session's older connection when it accepts a verified newer one, well before a kill. */
function wasSuperseded(session: Session, opened: number, process: Process, facts: Facts): boolean {
  // Nobody knows whether a server does so that doesn't verify, nor what its clock says.
  if (process.isTold) return false;
  const { rows } = session;
  // Where a crash found the server down, faults don't tell which kill was which: none before the last line.
  const earliest = facts.logs.has('faults') ? process.lastLine : undefined;
  const killed = facts.killedAt(process) ?? earliest ?? Number.POSITIVE_INFINITY;
  return after(session.server, opened).some(
    (row) =>
      rows.event(row) === EVENT.connection_opened &&
      rows.sequence(row) > 0 &&
      rows.verified(row) !== NO &&
      facts.processOf(rows, row) === process &&
      rows.time(row) < killed - KILL_GRACE_MS,
  );
}
