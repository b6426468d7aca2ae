import { GOING_AWAY } from '../core/close-codes.ts';
import type { FindingDetails } from '../model/findings.ts';
import {
  CLOSED_BY,
  EVENT,
  FAULT_BITS,
  namesSameClient,
  type Rows,
  sameDocument,
  UNLOAD_REASONS,
} from '../model/rows.ts';
import { after } from './after.ts';
import type { Attempt, Handshake } from './attempt.ts';
import { type Check, type Cited, cite, type Findings, placeOf, type Raw } from './check.ts';
import { type Ends, type FaultOnEnds, judgeEnds, type PageEnd } from './close-codes.ts';
import { fromBothLogs } from './coverage.ts';
import type { Claim, Facts } from './facts.ts';
import { isWithin } from './is-within.ts';
import type { Session } from './session.ts';
import { tellsOfVanished } from './vanished.ts';

/** Client and server tell one story of each connection: its number, its ids, how it ended. */
export const logsDisagree: Check = { coverage: fromBothLogs, find };

function find(session: Session, facts: Facts, findings: Findings): void {
  if (!facts.logs.has('server') || !facts.logs.has('client')) return;
  for (const attempt of session.attempts) {
    askWhereElse(session, attempt, findings);
    compareNumbers(session, attempt, facts, findings);
    compareOutcomes(session, attempt, facts, findings);
    if (attempt.reused) continue;
    compareIds(session, attempt, facts, findings);
    compareEnds(session, attempt, findings);
  }
}

type Details = Raw<FindingDetails['logs-disagree']>;

const [SERVER, CLIENT] = [0, 1];
const BFCACHE = UNLOAD_REASONS.indexOf('bfcache');

/** A `client_id` that one log alone has here may stand elsewhere in the other. */
function askWhereElse({ rows, client }: Session, attempt: Attempt, findings: Findings): void {
  const { opened, handshakes } = attempt;
  const ask = (row: number) => {
    if (rows.hasClient(row)) findings.ask(rows.clientLow(row), rows.clientHigh(row));
  };
  const isHere = (row: number) => opened >= 0 && namesSameClient(rows, opened, row);
  if (opened >= 0 && !handshakes.some(({ named }) => isHere(named))) ask(opened);
  // Of sessions that no client's log has, every connection would be asked about.
  if (client.length === 0) return;
  for (const { named } of handshakes) if (!isHere(named)) ask(named);
}

/** A server's line that has a client's connection under another number, or in another session. */
function misplaced({ rows }: Session, row: number, facts: Facts): Claim | undefined {
  if (row < 0 || !rows.hasClient(row)) return undefined;
  const claims = facts.claims(rows.clientLow(row), rows.clientHigh(row));
  const welcomes = claims.filter((claim) => claim.log === CLIENT && isWelcome(claim, facts));
  if (welcomes.length === 0) return undefined;
  const isWelcomed = (claim: Claim) => welcomes.some((welcome) => isSamePlace(welcome, claim));
  const isHere = (claim: Claim) =>
    claim.sessionLow === rows.sessionLow(row) &&
    claim.sessionHigh === rows.sessionHigh(row) &&
    claim.connection_sequence === rows.sequence(row);
  const connections = byConnection(claims.filter(({ log }) => log === SERVER));
  const own = connections.filter((lines) => lines.some(isHere));
  const meant = own.length > 0 ? own : connections.filter((lines) => !lines.some(isWelcomed));
  return meant.flat().find((claim) => claim.connection_sequence > 0 && !isWelcomed(claim));
}

/** A `client_id` that is opened again is that of a new connection. */
function byConnection(claims: readonly Claim[]): Claim[][] {
  const connections: Claim[][] = [];
  for (const claim of claims) {
    const isNew = claim.event === EVENT.connection_opened || connections.length === 0;
    if (isNew) connections.push([claim]);
    else connections.at(-1)?.push(claim);
  }
  return connections;
}

/** Where clients log no welcomes, it is a close that tells of one. */
const isWelcome = ({ event }: Claim, { clientOpens }: Facts): boolean =>
  event === (clientOpens ? EVENT.connection_opened : EVENT.connection_closed);

const isSamePlace = (one: Claim, other: Claim): boolean =>
  one.sessionLow === other.sessionLow &&
  one.sessionHigh === other.sessionHigh &&
  one.connection_sequence === other.connection_sequence;

/** One client id, two numbers or two sessions. */
function compareNumbers(
  session: Session,
  { opened, number }: Attempt,
  facts: Facts,
  findings: Findings,
): void {
  const { rows, low, high } = session;
  const other = misplaced(session, opened, facts);
  if (!other) return;
  const isOfSession = other.sessionLow === low && other.sessionHigh === high;
  const details: Details = isOfSession
    ? {
        about: 'connection_sequence',
        client: `${number}`,
        server: `${other.connection_sequence}`,
      }
    : {
        about: 'session_id',
        client: cite(rows, opened, 'session_id'),
        server: { place: other.place, field: 'session_id' },
      };
  const place = placeOf(rows, opened);
  findings.addPlaced('logs-disagree', session, opened, number, details, [place, other.place]);
}

/** The server has a number that no client used, or refused one that a client says was welcomed. */
function compareOutcomes(
  session: Session,
  attempt: Attempt,
  facts: Facts,
  findings: Findings,
): void {
  const { rows } = session;
  const { attempted, opened, ended, handshakes, rejected, number } = attempt;
  if (opened >= 0 && rejected >= 0 && handshakes.length === 0) {
    const details = { about: 'outcome', client: 'opened', server: 'rejected' } as const;
    findings.add('logs-disagree', session, number, details, [opened, rejected]);
  }
  // A client that logs no attempts can't deny one: its page may have gone, or the welcome.
  if (attempted >= 0 || opened >= 0 || ended >= 0 || !facts.clientAttempts) return;
  if (number < 0 || facts.isUnnumbered.client) return;
  for (const handshake of handshakes) {
    if (misplaced(session, handshake.named, facts)) continue;
    if (facts.isNumberless('client', rows, handshake.named)) continue;
    if (!isWithin('client', session, attempt, facts)) continue;
    const details = {
      about: 'connection_sequence',
      client: 'none',
      server: `${number}`,
    } as const;
    const { opened, closed } = handshake;
    findings.add('logs-disagree', session, number, details, [opened, closed]);
  }
}

/** One number, two client ids or two documents. */
function compareIds(session: Session, attempt: Attempt, facts: Facts, findings: Findings): void {
  const { rows } = session;
  const { attempted, opened, handshakes, number } = attempt;
  const [first] = handshakes;
  if (!first || (opened < 0 && attempted < 0)) return;
  const handshake = attempt.handshake(rows);
  if (handshake) {
    if (attempted < 0 || handshake.opened < 0) return;
    if (isSameDocument(rows, attempted, handshake.opened, facts)) return;
    const details: Details = {
      about: 'document_id',
      client: cite(rows, attempted, 'document_id'),
      server: rows.hasDocument(handshake.opened)
        ? cite(rows, handshake.opened, 'document_id')
        : 'none',
    };
    findings.add('logs-disagree', session, number, details, [attempted, handshake.opened]);
  } else if (!isElsewhere(session, opened, facts)) {
    const beginning = first.opened >= 0 ? first.opened : first.closed;
    const details: Details = {
      about: 'client_id',
      client: cite(rows, opened, 'client_id'),
      server: cite(rows, first.named, 'client_id'),
    };
    findings.add('logs-disagree', session, number, details, [opened, beginning]);
  }
}

/** wsdiag's own client says in its hello which page it is, and its own server logs that. */
function isSameDocument(rows: Rows, attempted: number, opened: number, facts: Facts): boolean {
  const isOwn = (row: number) => facts.stream(facts.streamOf(rows, row)).isOwn;
  if (!rows.hasDocument(attempted)) return true;
  if (!rows.hasDocument(opened)) return !(isOwn(attempted) && isOwn(opened));
  return sameDocument(rows, attempted, opened);
}

/** The server has that connection, though not in its place, as another finding says. */
const isElsewhere = (session: Session, opened: number, facts: Facts): boolean =>
  misplaced(session, opened, facts) !== undefined ||
  facts.isNumberless('server', session.rows, opened);

/** Both were in the connection; each says how it ended. */
function compareEnds(session: Session, attempt: Attempt, findings: Findings): void {
  const { rows, family } = session;
  const { opened, ended, faults, number } = attempt;
  const handshake = attempt.handshake(rows);
  if (opened < 0 || ended < 0 || !handshake) return;
  if (rows.event(ended) === EVENT.connection_failed) return;
  const ends: Ends = {
    client: pageEnd(rows, ended) ?? (rows.code(ended) || null),
    server: serverEnd(rows, handshake),
  };
  const onEnds = faults.map((fault) => ({
    client_close_code: rows.code(fault) || null,
    server_close_code: rows.serverCode(fault) || null,
    half_open: isHalfOpen(rows, fault),
  }));
  const isDelayed = family.isDelayed(session);
  const judged = judgeAll(session, ended, ends, onEnds, isDelayed);
  if (!judged) {
    if (isExcused(ends, onEnds, isDelayed)) findings.excuse('half-open');
    return;
  }
  const details: Details = { ...judged, server: shownServer(rows, handshake) };
  findings.add('logs-disagree', session, number, details, [ended, handshake.closed, ...faults]);
}

/** In Firefox a page that goes hears first that its socket closed with 1001, whatever its peer says meanwhile. */
function judgeAll(
  session: Session,
  ended: number,
  ends: Ends,
  onEnds: FaultOnEnds[],
  isDelayed: boolean,
): ReturnType<typeof judgeEnds> {
  const judged = judgeEnds(ends, onEnds, isDelayed);
  if (!judged || ends.client !== GOING_AWAY || !wentThen(session, ended)) return judged;
  return judgeEnds({ ...ends, client: 'unloaded' }, onEnds, isDelayed) && judged;
}

/** The page's next line is that it goes. */
function wentThen({ rows, client }: Session, ended: number): boolean {
  const next = after(client, ended).find((row) => sameDocument(rows, row, ended));
  return next !== undefined && rows.event(next) === EVENT.document_unloaded;
}

/** How the page went, if that is what ended it. */
function pageEnd(rows: Rows, ended: number): PageEnd | undefined {
  if (tellsOfVanished(rows, ended)) return 'vanished';
  if (rows.event(ended) !== EVENT.document_unloaded) return undefined;
  return rows.detail(ended) === BFCACHE ? 'cached' : 'unloaded';
}

/** Two ends that fit only because a side may not have heard of the other's. */
function isExcused(ends: Ends, faults: FaultOnEnds[], isDelayed: boolean): boolean {
  if (!isDelayed && !faults.some(({ half_open }) => half_open)) return false;
  const heard = faults.map((fault) => ({ ...fault, half_open: false }));
  return judgeEnds(ends, heard, false) !== undefined;
}

const isHalfOpen = (rows: Rows, fault: number): boolean =>
  (rows.detail(fault) & FAULT_BITS.half_open) !== 0;

function serverEnd(rows: Rows, { closed }: Handshake): Ends['server'] {
  if (closed < 0) return undefined;
  const closedBy = CLOSED_BY[rows.detail(closed)];
  return { close_code: rows.code(closed) || null, closed_by: closedBy || 'unknown' };
}

/** Who ended it may be in words of its own. */
function shownServer(rows: Rows, { closed }: Handshake): string | { parts: (string | Cited)[] } {
  if (closed < 0) return 'none';
  const by = rows.detail(closed) === 0 ? 'unknown' : cite(rows, closed, 'closed_by');
  return { parts: [`${rows.code(closed) || 'no code'} by `, by] };
}
