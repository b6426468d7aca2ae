import { ABNORMAL_CLOSURE, GOING_AWAY } from '../core/close-codes.ts';
import {
  CLOSED_BY,
  EVENT,
  FAULT_BITS,
  type Rows,
  sameClient,
  UNLOAD_REASONS,
} from '../model/rows.ts';
import { type Check, cite, type Findings } from './check.ts';
import { type Covered, WHOLE, without } from './coverage.ts';
import type { Facts } from './facts.ts';
import type { Session } from './session.ts';

const END = UNLOAD_REASONS.indexOf('end');
const [PEER, NETWORK, HEARTBEAT] = [
  CLOSED_BY.indexOf('peer'),
  CLOSED_BY.indexOf('network'),
  CLOSED_BY.indexOf('heartbeat'),
];

/** When the run ends around an open tab, its session is connected, as the server sees it too. */
export const sessionLost: Check = { coverage, find };

function coverage({ logs, clientEnds, data }: Facts): Covered {
  if (!logs.has('client')) return without('no-client-log');
  return clientEnds || data.tabEnds ? WHOLE : without('no-bounds');
}

function find(session: Session, facts: Facts, findings: Findings): void {
  const { rows } = session;
  for (const row of session.client) {
    if (rows.event(row) !== EVENT.document_unloaded || rows.detail(row) !== END) continue;
    const number = rows.sequence(row);
    const stream = facts.streamOf(rows, row);
    const isNamed = number > 0 || !facts.isNumbered(stream);
    const wasWelcomed = facts.stream(stream).namesConnections
      ? rows.hasClient(row)
      : (session.attemptOf(row)?.opened ?? -1) >= 0;
    const isConnected = isNamed && wasWelcomed;
    const gone = goneBefore(session, row, facts);
    if (isConnected && gone < 0) continue;
    const failed = failedBefore(session, row);
    const details = failed < 0 ? {} : { failure: cite(rows, failed, 'error') };
    findings.add('session-lost', session, number || null, details, [row, gone]);
  }
}

/** The attempt that failed last, if none was welcomed since; -1 for none. */
function failedBefore({ rows, client }: Session, row: number): number {
  const failed = client.findLast(
    (one) =>
      rows.position(one) < rows.position(row) &&
      (rows.event(one) === EVENT.connection_failed || rows.event(one) === EVENT.connection_opened),
  );
  return failed !== undefined && rows.event(failed) === EVENT.connection_failed ? failed : -1;
}

/** The row that shows that the server had lost the connection which the page still had; -1 for none. */
function goneBefore(session: Session, row: number, facts: Facts): number {
  const { rows } = session;
  const attempt = session.attemptOf(row);
  if (!attempt) return -1;
  const { opened = -1, closed = -1 } =
    attempt.handshakes.find(({ named }) => sameClient(rows, named, row)) ?? {};
  if (closed >= 0 && wasLost(rows, closed)) return closed;
  if (opened >= 0 && closed < 0 && wasKilled(rows, opened, row, facts)) return opened;
  // It heard the page go, so the connection had come back to life.
  if (closed >= 0 && rows.code(closed) === GOING_AWAY && rows.detail(closed) === PEER) return -1;
  const isHalfOpen = (fault: number) => (rows.detail(fault) & FAULT_BITS.half_open) !== 0;
  return attempt.faults.find(isHalfOpen) ?? -1;
}

/** The server was, before the page went: it may also have been killed at the end of the run. */
function wasKilled(rows: Rows, opened: number, row: number, facts: Facts): boolean {
  const process = facts.processOf(rows, opened);
  if (process?.end !== 'killed') return false;
  return (facts.killedAt(process) ?? Number.NEGATIVE_INFINITY) <= rows.time(row);
}

function wasLost(rows: Rows, closed: number): boolean {
  const closedBy = rows.detail(closed);
  return closedBy === HEARTBEAT || (closedBy === NETWORK && rows.code(closed) === ABNORMAL_CLOSURE);
}
