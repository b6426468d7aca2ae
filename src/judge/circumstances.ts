import type { CircumstanceEvent } from '../model/findings.ts';
import { EVENT, NAVIGATIONS, placeOf, type Rows, sameDocument } from '../model/rows.ts';
import { after } from './after.ts';
import type { Attempt } from './attempt.ts';
import type { Cited } from './check.ts';
import type { Session } from './session.ts';

/** What came right before what a finding is about, in codes and places. */
export interface RawCircumstance {
  log: 'server' | 'client';
  event: CircumstanceEvent;
  close_code: number | null;
  /** The name of the last fault that hit the attempt or connection before. */
  fault: Cited | null;
}

/**
 * What led to the attempt that the row tells of: what its session did right before, by the log of its client or,
 * where that says nothing of it, of its server.
 *
 * @param row of the session
 */
export function circumstanceOf(session: Session, row: number): RawCircumstance {
  const { rows, client, server } = session;
  const attempted = session.attemptOf(row)?.attempted ?? -1;
  const begun = attempted >= 0 ? attempted : row;
  const log = indexIn(client, row) < 0 ? 'server' : 'client';
  // What ends says nothing of what led to its beginning.
  if (!BEGINNINGS.has(rows.event(begun))) return { log, ...NOTHING, fault: null };
  const at = indexIn(client, begun);
  const { event, close_code, previous } =
    at < 0 ? beforeAccept(rows, server, indexIn(server, begun)) : beforeAttempt(rows, client, at);
  const fault = previous < 0 ? -1 : lastFault(session.attemptOf(previous));
  return {
    log,
    event,
    close_code,
    fault: fault < 0 ? null : { place: placeOf(rows, fault), field: 'fault' },
  };
}

/** -1 where there is none, or where several hit a number that was used again: nobody knows which of its uses they hit. */
function lastFault(attempt: Attempt | undefined): number {
  const faults = attempt?.faults ?? [];
  return attempt?.reused && faults.length > 1 ? -1 : (faults.at(-1) ?? -1);
}

/** Lines of a session that are looked back at: more tell of no one event, and each finding looks. */
const MAX_BACK = 100;

const BEGINNINGS: ReadonlySet<number> = new Set([
  EVENT.connection_attempt,
  EVENT.connection_opened,
  EVENT.document_loaded,
  EVENT.session_started,
]);

/** -1 where it is not among them. */
function indexIn(lines: Int32Array, row: number): number {
  const at = lines.length - after(lines, row).length - 1;
  return lines[at] === row ? at : -1;
}

interface Before {
  event: CircumstanceEvent;
  close_code: number | null;
  /** The row of the session's previous attempt or connection; -1 for none. */
  previous: number;
}

function beforeAttempt(rows: Rows, lines: Int32Array, at: number): Before {
  let found: Omit<Before, 'previous'> | undefined;
  const from = Math.max(0, at - MAX_BACK);
  for (let index = at - 1; index >= from; index--) {
    const row = lines[index] as number;
    const event = rows.event(row);
    const isBefore = event === EVENT.connection_attempt || event === EVENT.connection_opened;
    if (isBefore) return { ...(found ?? NOTHING), previous: row };
    found ??= leadingTo(rows, row, lines[at] as number);
  }
  // Without an attempt before, whatever came is the session's beginning.
  return { ...NOTHING, event: from === 0 ? 'first' : 'other', previous: -1 };
}

const NOTHING = { event: 'other', close_code: null } as const;

function leadingTo(rows: Rows, row: number, attempt: number): Omit<Before, 'previous'> | undefined {
  switch (rows.event(row)) {
    case EVENT.document_loaded: {
      const navigation = NAVIGATIONS[rows.detail(row)];
      if (!sameDocument(rows, row, attempt) || !navigation || navigation === 'other')
        return NOTHING;
      return { event: navigation, close_code: null };
    }
    case EVENT.connection_closed:
      return { event: 'close', close_code: rows.code(row) || null };
    case EVENT.connection_failed:
      return { event: 'failure', close_code: null };
    default:
      return undefined;
  }
}

/** A server sees no more than how the session's last connection ended. */
function beforeAccept(rows: Rows, lines: Int32Array, at: number): Before {
  const from = Math.max(0, at - MAX_BACK);
  for (let index = at - 1; index >= from; index--) {
    const row = lines[index] as number;
    const event = rows.event(row);
    if (event === EVENT.connection_closed) {
      return { event: 'close', close_code: rows.code(row) || null, previous: row };
    }
    if (event === EVENT.connection_opened)
      return { event: 'open', close_code: null, previous: row };
  }
  return { ...NOTHING, event: from === 0 ? 'first' : 'other', previous: -1 };
}
