import { bySession } from '../model/by-session.ts';
import type { ExcuseCode } from '../model/findings.ts';
import { IdTable } from '../model/id-table.ts';
import { EVENT, Rows } from '../model/rows.ts';
import type { SessionFold } from './activity/session-fold.ts';
import { Findings, placeOf, type RawFinding } from './check.ts';
import { CHECKS } from './checks.ts';
import { doubtSession } from './doubts.ts';
import { type Claim, claimKey, type Facts } from './facts.ts';
import { Joiner } from './join.ts';
import type { Family, Session } from './session.ts';
import type { SessionDoubt } from './session-doubts.ts';

/** Findings that are held; of a log in which everything is wrong, these will do. */
export const MAX_FINDINGS = 10_000;

/** What the checks make of some sessions. Plain data: threads hand it on. */
export interface Judged {
  /** Those that come first, where there are too many. */
  findings: RawFinding[];
  /** There were more. */
  isCapped: boolean;
  doubts: SessionDoubt[];
  excuses: [ExcuseCode, number][];
  /** Ids about which other sessions' lines may tell more, and the sessions that ask. */
  asked: { ids: Int32Array; sessions: Int32Array };
  /** Sessions with connections, by log. */
  sessions: { server: number; client: number };
  /** Sessions that were judged, where not all were. */
  judged: Int32Array;
}

export interface JudgeOptions {
  /** Only these sessions, and their families; all where it is not given. */
  only?: IdTable;
  /** Sessions that are linked with others are passed over: their families lie elsewhere. */
  withoutLinked?: boolean;
  /** Told of each session, so that it knows what they did. */
  activity?: SessionFold;
}

/** Judges some sessions by their rows: all that there are of each, in the order in which logs are read. */
export function judgeRows(
  rows: Rows,
  size: number,
  facts: Facts,
  { only, withoutLinked = false, activity }: JudgeOptions = {},
): Judged {
  const all = familiesIn(rows, size, facts, withoutLinked);
  const families = only ? among(only, rows, all) : all;
  return judgeFamilies(rows, families, facts, { areSome: only !== undefined, activity });
}

/** Families with one of these sessions. */
function* among(
  only: IdTable,
  rows: Rows,
  families: Iterable<Int32Array[]>,
): Generator<Int32Array[]> {
  const isOne = ([row = 0]: Int32Array) => only.has(rows.sessionLow(row), rows.sessionHigh(row));
  for (const lines of families) if (lines.some(isOne)) yield lines;
}

/**
 * Judges families, each given by the rows of its sessions.
 *
 * @param areSome they are not all: which of them were judged is to be known
 */
export function judgeFamilies(
  rows: Rows,
  families: Iterable<Int32Array[]>,
  facts: Facts,
  { areSome = false, activity }: { areSome?: boolean; activity?: SessionFold } = {},
): Judged {
  const joiner = new Joiner(facts);
  const findings = new Findings();
  const sessions = { server: 0, client: 0 };
  const askers = new IdTable();
  const judged = new IdTable();
  let isCapped = false;
  for (const lines of families) {
    const family = joiner.join(rows, lines);
    const known = findings.asks;
    judgeFamily(family, facts, findings);
    for (const session of family.sessions) {
      if (areSome) judged.add(session.low, session.high);
      if (findings.asks > known) askers.add(session.low, session.high);
      const isOfServer = hasConnections(session, session.server);
      const isOfClient = hasConnections(session, session.client);
      if (isOfServer) sessions.server += 1;
      if (isOfClient) sessions.client += 1;
      if (isOfServer || isOfClient)
        activity?.add(session, isOfServer ? session.server : session.client);
    }
    if (findings.found.length > 2 * MAX_FINDINGS) {
      isCapped = true;
      keepFirst(findings.found);
    }
  }
  isCapped ||= findings.found.length > MAX_FINDINGS;
  keepFirst(findings.found);
  return {
    findings: findings.found,
    isCapped,
    doubts: findings.doubts,
    excuses: [...findings.excuses],
    asked: { ids: findings.asked.halves(), sessions: askers.halves() },
    sessions,
    judged: judged.halves(),
  };
}

function judgeFamily(family: Family, facts: Facts, findings: Findings): void {
  for (const session of family.sessions) {
    // Lines that name no session are of none that could be judged.
    if (session.low === 0) CHECKS['sequence-missing'].find(session, facts, findings);
    else {
      for (const find of FINDERS) find(session, facts, findings);
      doubtSession(session, facts, findings);
    }
  }
}

const FINDERS = Object.values(CHECKS).map(({ find }) => find);

const hasConnections = ({ rows, low }: Session, lines: Int32Array): boolean =>
  low !== 0 && lines.some((row) => rows.event(row) <= EVENT.connection_failed);

/** Those that stand first in the logs, whatever parts they were found in. */
export function keepFirst(findings: RawFinding[]): void {
  if (findings.length <= MAX_FINDINGS) return;
  const position = ({ evidence }: RawFinding) => {
    const { file = 0, line = 0 } = evidence.at(-1) ?? {};
    return file * 2 ** 32 + line;
  };
  findings
    .sort(
      (one, other) =>
        position(one) - position(other) ||
        Number(one.code > other.code) - Number(one.code < other.code),
    )
    .splice(MAX_FINDINGS);
}

/** The lines of each family: those of its sessions. Sessions come in the order of their first lines. */
export function* familiesIn(
  rows: Rows,
  size: number,
  facts: Facts,
  withoutLinked: boolean,
): Generator<Int32Array[]> {
  const { sessions, lines, starts } = bySession(rows, size);
  const linesOf = (session: number) => lines.subarray(starts[session], starts[session + 1]);
  if (facts.data.linked.sessions.length === 0) {
    for (let session = 0; session < sessions.size; session++) yield [linesOf(session)];
    return;
  }
  const families = new Map<number, Int32Array[]>();
  for (let session = 0; session < sessions.size; session++) {
    const family = facts.familyOf(sessions.low(session), sessions.high(session));
    if (family < 0) yield [linesOf(session)];
    else if (!withoutLinked) {
      const known = families.get(family);
      if (known) known.push(linesOf(session));
      else families.set(family, [linesOf(session)]);
    }
  }
  yield* families.values();
}

/** Rows of linked sessions: they are to be judged with their families. */
export function linkedRows(rows: Rows, size: number, facts: Facts): Rows | undefined {
  if (facts.data.linked.sessions.length === 0) return undefined;
  const wanted: number[] = [];
  for (let row = 0; row < size; row++) {
    if (facts.familyOf(rows.sessionLow(row), rows.sessionHigh(row)) >= 0) wanted.push(row);
  }
  if (wanted.length === 0) return undefined;
  const linked = new Rows(wanted.length);
  for (const [index, row] of wanted.entries()) linked.copy(index, rows, row);
  return linked;
}

/** Events whose lines name documents alone. */
const OF_PAGES: ReadonlySet<number> = new Set([
  EVENT.session_started,
  EVENT.document_loaded,
  EVENT.document_unloaded,
]);
/** Of all dials of a page, a session's first tells that the page was in it. */
const isOfPage = (rows: Rows, row: number, event: number): boolean =>
  OF_PAGES.has(event) || (event === EVENT.connection_attempt && rows.sequence(row) === 1);

const OF_CLIENTS: ReadonlySet<number> = new Set([EVENT.connection_opened, EVENT.connection_closed]);

/** Lines of one id that are held: what more lines have is no id of a connection or a page. */
export const MAX_CLAIMS = 1000;

/** The lines of these rows that name one of the ids which were asked about. */
export function claimsIn(
  rows: Rows,
  size: number,
  ids: IdTable,
  facts: Facts,
): Map<string, Claim[]> {
  const claims = new Map<string, Claim[]>();
  const add = (low: number, high: number, row: number) => {
    if (low === 0 || !ids.has(low, high)) return;
    const key = claimKey(low, high);
    const known = claims.get(key) ?? [];
    claims.set(key, known);
    if (known.length < MAX_CLAIMS) known.push(claimOf(rows, row, facts));
  };
  for (let row = 0; row < size; row++) {
    const event = rows.event(row);
    if (OF_CLIENTS.has(event)) add(rows.clientLow(row), rows.clientHigh(row), row);
    // A page's line that names no session is not among the rows of long logs.
    else if (isOfPage(rows, row, event) && rows.hasSession(row)) {
      add(rows.documentLow(row), rows.documentHigh(row), row);
    }
  }
  return claims;
}

function claimOf(rows: Rows, row: number, facts: Facts): Claim {
  return {
    log: facts.logOf(rows, row),
    event: rows.event(row),
    sessionLow: rows.sessionLow(row),
    sessionHigh: rows.sessionHigh(row),
    connection_sequence: rows.sequence(row),
    detail: rows.detail(row),
    place: placeOf(rows, row),
  };
}

/** Judges all rows that there are: those who ask about an id again, with what other sessions' lines say. */
export function judgeAll(rows: Rows, size: number, facts: Facts, activity: SessionFold): Judged {
  const first = judgeRows(rows, size, facts, { activity });
  const claims = claimsIn(rows, size, IdTable.of(first.asked.ids), facts);
  if (claims.size === 0) return first;
  const only = whoIsAsked(IdTable.of(first.asked.sessions), claims);
  const again = judgeRows(rows, size, facts.with(claims), { only });
  return { ...first, findings: replaced(first.findings, again) };
}

/** Those who asked, and those whose lines may be the answer. */
export function whoIsAsked(
  askers: IdTable,
  claims: ReadonlyMap<string, readonly Claim[]>,
): IdTable {
  for (const all of claims.values()) {
    for (const { sessionLow, sessionHigh } of all) askers.add(sessionLow, sessionHigh);
  }
  return askers;
}

/** Findings alone depend on what other sessions' lines say. */
export function replaced(
  findings: readonly RawFinding[],
  again: Pick<Judged, 'findings' | 'judged'>,
): RawFinding[] {
  const judged = IdTable.of(again.judged);
  return [...findings.filter(({ low, high }) => !judged.has(low, high)), ...again.findings];
}
