import { ABNORMAL_CLOSURE } from '../core/close-codes.ts';
import type { FindingDetails } from '../model/findings.ts';
import {
  CLOSED_BY,
  documentKey,
  EVENT,
  NO,
  type Rows,
  SESSION_REASONS,
  sameDocument,
  UNTOLD,
  YES,
} from '../model/rows.ts';
import type { Attempt, Handshake } from './attempt.ts';
import { type Check, cite, type Findings, type Raw } from './check.ts';
import { WHOLE } from './coverage.ts';
import type { Facts } from './facts.ts';
import type { Session } from './session.ts';
import { saysVanished } from './vanished.ts';

/**
 * One log tells one story: lines of an attempt are of one page, and a close line does not contradict itself.
 * What only wsdiag's own logs promise is asked of them alone.
 */
export const linesDisagree: Check = { coverage: () => WHOLE, find };

function find(session: Session, facts: Facts, findings: Findings): void {
  for (const { stream, lines } of session.clientLogs) {
    const { isOwn, namesConnections } = facts.stream(stream);
    if (!isOwn) continue;
    ofKnownPages(session, lines, findings);
    for (const row of lines) {
      saysWhatItShould(session, row, { isServer: false, namesConnections }, findings);
      if (namesConnections && leavesWelcomeUntold(session, row))
        lacks(session, row, 'client_id', findings);
    }
  }
  for (const { stream, lines } of session.serverLogs) {
    if (!facts.stream(stream).isOwn) continue;
    for (const row of lines)
      saysWhatItShould(session, row, { isServer: true, namesConnections: true }, findings);
    ofServer(session, stream, facts, findings);
  }
  if (session.client.length === 0) return;
  for (const attempt of session.attempts) {
    if (attempt.first !== attempt.last) ofOnePage(session, attempt, facts, findings);
  }
}

const CLIENT = 1;

type Details = Raw<FindingDetails['lines-disagree']>;

/** A line has what wsdiag writes on each such line, and a close is as clean as its code. */
function saysWhatItShould(session: Session, row: number, log: OwnLog, findings: Findings): void {
  const { rows } = session;
  const event = rows.event(row);
  const field = lackedBy(rows, row, event, log);
  if (field !== undefined) lacks(session, row, field, findings);
  if (event !== EVENT.connection_closed || rows.clean(row) === UNTOLD) return;
  const code = rows.code(row);
  const isClean = code !== ABNORMAL_CLOSURE;
  if (isClean === (rows.clean(row) === YES)) return;
  const details: Details = {
    about: 'was_clean',
    one: String(!isClean),
    other: `close code ${code}`,
  };
  findings.add('lines-disagree', session, rows.sequence(row) || null, details, [row]);
}

interface OwnLog {
  isServer: boolean;
  /** Of a client's: its server gives connections names. */
  namesConnections: boolean;
}

/** The first field that is not there. */
function lackedBy(
  rows: Rows,
  row: number,
  event: number,
  { isServer, namesConnections }: OwnLog,
): string | undefined {
  switch (event) {
    case EVENT.connection_opened:
      if (namesConnections && !rows.hasClient(row)) return 'client_id';
      return isServer && rows.verified(row) === UNTOLD ? 'session_verified' : undefined;
    case EVENT.connection_closed:
      if (namesConnections && !rows.hasClient(row)) return 'client_id';
      if (rows.code(row) === 0) return 'close_code';
      if (rows.clean(row) === UNTOLD) return 'was_clean';
      if (Number.isNaN(rows.value(row))) return 'duration_seconds';
      return isServer && rows.detail(row) === 0 ? 'closed_by' : undefined;
    case EVENT.handshake_rejected:
      return rows.hasClient(row) ? undefined : 'client_id';
    case EVENT.document_loaded:
      return rows.detail(row) === 0 ? 'navigation' : undefined;
    case EVENT.document_unloaded:
    case EVENT.session_started:
      return rows.detail(row) === 0 ? 'reason' : undefined;
    default:
      return undefined;
  }
}

function lacks(session: Session, row: number, field: string, findings: Findings): void {
  const details: Details = { about: 'field', one: 'none', other: field };
  findings.add('lines-disagree', session, session.rows.sequence(row) || null, details, [row]);
}

/** A page that goes names the connection that it had been welcomed to. */
function leavesWelcomeUntold(session: Session, row: number): boolean {
  const { rows } = session;
  if (rows.event(row) !== EVENT.document_unloaded || rows.hasClient(row)) return false;
  const { opened = -1, ended } = session.attemptOf(row) ?? {};
  return opened >= 0 && ended === row;
}

const [PEER, NETWORK, HEARTBEAT, SUPERSEDED] = (
  ['peer', 'network', 'heartbeat', 'superseded'] as const
).map((by) => CLOSED_BY.indexOf(by));

/** Who ended it goes with the close code, and with what else the server did. */
function ofServer(session: Session, stream: number, facts: Facts, findings: Findings): void {
  for (const { handshakes } of session.attempts) {
    for (const handshake of handshakes) {
      const { closed } = handshake;
      if (closed >= 0 && facts.streamOf(session.rows, closed) === stream) {
        closedByAsItSays(session, handshake, findings);
      }
    }
  }
}

function closedByAsItSays(
  session: Session,
  { opened, closed }: Handshake,
  findings: Findings,
): void {
  const { rows } = session;
  const closedBy = rows.detail(closed);
  const isAbnormal = rows.code(closed) === ABNORMAL_CLOSURE;
  if (closedBy === PEER && isAbnormal) {
    contradict(session, closed, 'no close frame came: close code 1006', [], findings);
  }
  const isWithoutFrame = closedBy === NETWORK || closedBy === HEARTBEAT;
  if (isWithoutFrame && !isAbnormal) {
    const other = `a close frame came: close code ${rows.code(closed)}`;
    contradict(session, closed, other, [], findings);
  }
  if (closedBy === SUPERSEDED && opened >= 0 && !hasSuccessor(session, opened, closed)) {
    const other = 'no newer connection of the session came';
    contradict(session, closed, other, [opened], findings);
  }
}

function contradict(
  session: Session,
  closed: number,
  other: string,
  evidence: number[],
  findings: Findings,
): void {
  const { rows } = session;
  const details: Details = { about: 'closed_by', one: cite(rows, closed, 'closed_by'), other };
  findings.add('lines-disagree', session, rows.sequence(closed), details, [...evidence, closed]);
}

const hasSuccessor = ({ rows, server }: Session, opened: number, closed: number): boolean =>
  server.some(
    (row) =>
      row > opened &&
      row < closed &&
      rows.event(row) === EVENT.connection_opened &&
      rows.verified(row) !== NO,
  );

/** The lines of an attempt are of one page. */
function ofOnePage(session: Session, attempt: Attempt, facts: Facts, findings: Findings): void {
  const { rows } = session;
  let known = -1;
  for (let row = attempt.first; row >= 0; row = session.next(row)) {
    if (facts.logOf(rows, row) !== CLIENT || !rows.hasDocument(row)) continue;
    const isFirst =
      known < 0 ||
      rows.event(row) === EVENT.connection_attempt ||
      facts.streamOf(rows, known) !== facts.streamOf(rows, row);
    if (isFirst) known = row;
    else if (!sameDocument(rows, known, row)) {
      const details: Details = {
        about: 'document_id',
        one: cite(rows, known, 'document_id'),
        other: cite(rows, row, 'document_id'),
      };
      findings.add('lines-disagree', session, attempt.number, details, [known, row]);
    }
  }
}

/** A log that tells of all pages has the one that attempts, or goes, and one start of each session. */
function ofKnownPages(session: Session, lines: Int32Array, findings: Findings): void {
  const { rows } = session;
  const pages = new Pages(session.rows);
  let started = -1;
  for (const row of lines) {
    // A page that vanished may have been there before the log.
    if (saysVanished(rows, row)) continue;
    const event = rows.event(row);
    if (event === EVENT.session_started) {
      if (started >= 0) startedTwice(session, started, row, findings);
      started = row;
    }
    if (event === EVENT.session_started || event === EVENT.document_loaded) pages.add(row);
    else if (rows.hasDocument(row) && !pages.has(row)) {
      const other = cite(rows, row, 'document_id');
      const details: Details = { about: 'document_id', one: 'none loaded', other };
      findings.add('lines-disagree', session, rows.sequence(row) || null, details, [row]);
      pages.add(row);
    }
    if (!rows.hasDocument(row)) lacks(session, row, 'document_id', findings);
  }
  if (started < 0) return;
  startedByItsPage(session, started, lines, findings);
  startedForAReason(session, started, findings);
  startedByALoadedPage(session, started, lines, findings);
}

function startedTwice(session: Session, one: number, other: number, findings: Findings): void {
  const details: Details = { about: 'session_started', one: 'once', other: 'again' };
  findings.add('lines-disagree', session, null, details, [one, other]);
}

/** Who makes a session goes on in it, or has found that another page was quicker, and made one more. */
function startedByItsPage(
  session: Session,
  started: number,
  lines: Int32Array,
  findings: Findings,
): void {
  const { rows, family } = session;
  const isOfPage = (row: number) => row !== started && sameDocument(rows, row, started);
  const next = lines.find((row) => row > started && rows.hasDocument(row));
  if (next === undefined || lines.some(isOfPage)) return;
  const hasLeft = family.sessions.some(
    (other) =>
      other !== session &&
      other.client.some((row) => rows.event(row) === EVENT.session_started && isOfPage(row)),
  );
  if (hasLeft) return;
  const details: Details = {
    about: 'session_started',
    one: cite(rows, started, 'document_id'),
    other: cite(rows, next, 'document_id'),
  };
  findings.add('lines-disagree', session, null, details, [started, next]);
}

const [NEW, INVALID] = (['new', 'storage-invalid'] as const).map((reason) =>
  SESSION_REASONS.indexOf(reason),
);
const HAVE_PARENTS: ReadonlySet<number> = new Set(
  (['storage-cleared', 'duplicate-tab', 'frame'] as const).map((reason) =>
    SESSION_REASONS.indexOf(reason),
  ),
);

/** What comes from another session says from which, and what is new comes from none. */
function startedForAReason(session: Session, started: number, findings: Findings): void {
  const { rows } = session;
  const reason = rows.detail(started);
  const hasParent = rows.hasClient(started);
  const isContradicted = hasParent ? reason === NEW : HAVE_PARENTS.has(reason);
  if (!isContradicted) return;
  const details: Details = {
    about: 'reason',
    one: SESSION_REASONS[reason] as string,
    other: hasParent ? 'a parent_session_id' : 'no parent_session_id',
  };
  findings.add('lines-disagree', session, null, details, [started]);
}

/** A page that makes a session, and dials in it, was loaded there, or came with its session from another. */
function startedByALoadedPage(
  session: Session,
  started: number,
  lines: Int32Array,
  findings: Findings,
): void {
  const { rows, family } = session;
  const isOfPage = (row: number) => sameDocument(rows, row, started);
  const has = (event: number) => lines.some((row) => rows.event(row) === event && isOfPage(row));
  if (has(EVENT.document_loaded) || !has(EVENT.connection_attempt)) return;
  // What lay in the storage need not be of the session that the page was loaded in.
  if (rows.detail(started) === INVALID) return;
  const isOther = (other: Session) => other !== session && other.client.some(isOfPage);
  if (rows.hasClient(started) && family.sessions.some(isOther)) return;
  const other = cite(rows, started, 'document_id');
  const details: Details = { about: 'document_id', one: 'none loaded', other };
  findings.add('lines-disagree', session, null, details, [started]);
}

/** The documents of a session so far: mostly one, and then another. */
class Pages {
  readonly #rows: Rows;
  readonly #known = new Set<string>();
  #last = -1;

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  add(row: number): void {
    if (this.#last >= 0 && sameDocument(this.#rows, this.#last, row)) return;
    if (this.#last >= 0) this.#known.add(documentKey(this.#rows, this.#last));
    this.#last = row;
  }

  has(row: number): boolean {
    if (this.#last >= 0 && sameDocument(this.#rows, this.#last, row)) return true;
    return this.#known.has(documentKey(this.#rows, row));
  }
}
