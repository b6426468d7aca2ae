import {
  documentKey,
  EVENT,
  FAULT_BITS,
  NAVIGATIONS,
  NO,
  namesSameClient,
  type Rows,
  sameClient,
  sameDocument,
  YES,
} from '../model/rows.ts';
import { Attempt, type Handshake } from './attempt.ts';
import type { Facts } from './facts.ts';
import { GivenNumbers } from './given-numbers.ts';
import { Numbers } from './numbers.ts';
import { Restored } from './restored.ts';
import {
  type Family,
  type LogLines,
  logsOf,
  type OrphanedEnd,
  type Session,
  type Span,
  type UnendedUse,
} from './session.ts';
import { saysRestored, takesPage, tellsOfVanished, Vanished } from './vanished.ts';

const CLIENT = 1;
const RELOAD = NAVIGATIONS.indexOf('reload');

/** What was known of a row's attempt or connection when it was read. */
const [UNHEARD_OF, LEFT_OVER] = [1, 2];

/**
 * Joins the lines of sessions: all that logs tell of each number. What it makes is used again for the next
 * family: else millions of objects would have to be collected.
 */
export class Joiner {
  readonly #facts: Facts;
  readonly #sessions: JoinedSession[] = [];
  readonly #pool = new Pool();
  #scratch = new Scratch(0);

  constructor(facts: Facts) {
    this.#facts = facts;
  }

  /** @param lines of each session, rows in the order in which logs are read */
  join(rows: Rows, lines: readonly Int32Array[]): Family {
    this.#pool.used = 0;
    if (this.#scratch.capacity < rows.capacity) this.#scratch = new Scratch(rows.capacity);
    const sessions = lines.map((ofSession, index) => {
      this.#sessions[index] ??= new JoinedSession(this.#facts, this.#pool);
      const session = this.#sessions[index];
      session.join(rows, ofSession, this.#scratch);
      return session;
    });
    const family = new JoinedFamily(sessions);
    for (const session of sessions) session.family = family;
    return family;
  }
}

/** Kept of each row while its session is judged. */
class Scratch {
  readonly capacity: number;
  readonly marks: Uint8Array;
  /** The attempt's next row; -1 for none. */
  readonly nexts: Int32Array;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.marks = new Uint8Array(capacity);
    this.nexts = new Int32Array(capacity);
  }
}

/** Attempts that are used again. */
class Pool {
  readonly #attempts: Attempt[] = [];
  used = 0;

  take(number: number): Attempt {
    const index = this.used++;
    this.#attempts[index] ??= new Attempt();
    return this.#attempts[index].begin(number);
  }

  at(index: number): Attempt {
    return this.#attempts[index] as Attempt;
  }

  from(index: number): Attempt[] {
    return this.#attempts.slice(index, this.used);
  }
}

class JoinedFamily implements Family {
  readonly sessions: JoinedSession[];
  #restores: readonly number[] | undefined;

  constructor(sessions: JoinedSession[]) {
    this.sessions = sessions;
  }

  get restores(): readonly number[] {
    this.#restores ??= restoresOf(this.sessions);
    return this.#restores;
  }

  isDelayed(session: Session): boolean {
    let one = session as JoinedSession | undefined;
    // Parents may lead round in a circle.
    for (let seen = 0; one !== undefined && seen < this.sessions.length; seen++) {
      if (one.isDelayed || one.isBegunByReload) return true;
      one = this.#parentOf(one);
    }
    return false;
  }

  #parentOf({ rows, started }: JoinedSession): JoinedSession | undefined {
    if (started < 0 || !rows.hasClient(started)) return undefined;
    const [low, high] = [rows.clientLow(started), rows.clientHigh(started)];
    return this.sessions.find((session) => session.low === low && session.high === high);
  }
}

function restoresOf(sessions: readonly Session[]): readonly number[] {
  const times = sessions.flatMap(({ rows, faults }) =>
    [...faults].filter((row) => saysRestored(rows, row)).map((row) => rows.time(row)),
  );
  return times.length > 0 ? times.toSorted((one, other) => one - other) : NO_TIMES;
}

const NO_TIMES: readonly number[] = [];
const NONE: Int32Array = new Int32Array(0);
const NO_VANISHED: readonly Vanished[] = [];

class JoinedSession implements Session {
  attempts: readonly Attempt[] = [];
  readonly orphanedEnds: OrphanedEnd[] = [];
  readonly unendedUses: UnendedUse[] = [];
  readonly span: Record<'server' | 'client', Span> = {
    server: { lowest: 0, highest: 0 },
    client: { lowest: 0, highest: 0 },
  };
  low = 0;
  high = 0;
  family: Family = new JoinedFamily([]);
  server: Int32Array = NONE;
  client: Int32Array = NONE;
  faults: Int32Array = NONE;
  serverLogs: readonly LogLines[] = [];
  clientLogs: readonly LogLines[] = [];
  /** Frames of it were held back at some time. */
  isDelayed = false;
  /** A fault took a page of it. */
  #isTaken = false;
  /** Some line shows that a page went without a word. */
  #mayHaveVanished = false;
  /** Of each client log, if any does. */
  #vanished = NO_VANISHED;
  /** The same by the faults of its family; null where these tell of none. */
  #restored: Restored | null | undefined;
  /** Its last `session_started`; -1 for none. */
  started = -1;
  /** The document that it began in was loaded by a reload, so it may be another session's tab. */
  isBegunByReload = false;
  readonly #facts: Facts;
  readonly #pool: Pool;
  readonly #numbers = new Numbers();
  /** Where logs have none. */
  readonly #given: GivenNumbers | undefined;
  #scratch = new Scratch(0);
  #rows: Rows | undefined;
  /** By stream: the lowest number that its server logs as opened. */
  readonly #lowestOpened = new Map<number, number>();
  /** Streams with closes of which the opens are in another log of their server. */
  readonly #split = new Set<number>();
  /** Documents of verified connections; made where there are others. */
  #ownDocuments: Set<string> | undefined;

  constructor(facts: Facts, pool: Pool) {
    this.#facts = facts;
    this.#pool = pool;
    this.#given = facts.lacksNumbers ? new GivenNumbers(facts) : undefined;
  }

  get rows(): Rows {
    return this.#rows as Rows;
  }

  attemptOf(row: number): Attempt | undefined {
    const index = this.#numbers.find(this.#numberOf(row));
    return index < 0 ? undefined : this.#pool.at(index);
  }

  next(row: number): number {
    return this.#scratch.nexts[row] as number;
  }

  isUnheardOf(row: number): boolean {
    return ((this.#scratch.marks[row] as number) & UNHEARD_OF) !== 0;
  }

  isLeftOver(row: number): boolean {
    return ((this.#scratch.marks[row] as number) & LEFT_OVER) !== 0;
  }

  hasOpensElsewhere(stream: number): boolean {
    return this.#split.has(stream);
  }

  hasVanishedBefore(row: number, other: number): boolean {
    if (this.#vanished.some((log) => log.goneAt(this.rows, row) >= 0)) return true;
    return this.#restoredPages?.wasKilledBefore(row, other) === true;
  }

  isOfOlderStorage(row: number): boolean {
    const { rows } = this;
    const isClient = this.#facts.logOf(rows, row) === CLIENT;
    if (this.#vanished.some((log) => log.isOfOlderStorage(rows, row, isClient))) return true;
    const restored = this.#restoredPages;
    if (!restored?.isBehind(row)) return false;
    return restored.isBeforeWelcome(row, isClient) || this.#isNewToServers(row);
  }

  get #restoredPages(): Restored | null {
    if (this.#restored === undefined) {
      const { restores } = this.family;
      this.#restored = restores.length > 0 ? new Restored(this.rows, this.client, restores) : null;
    }
    return this.#restored;
  }

  /** No server process saw the number twice, so none could have told how far the session was. */
  #isNewToServers(row: number): boolean {
    const processes = (this.attemptOf(row)?.handshakes ?? []).map(({ named }) =>
      this.#facts.processOf(this.rows, named),
    );
    return new Set(processes).size === processes.length;
  }

  isStranger(row: number): boolean {
    const { rows } = this;
    if (rows.verified(row) !== NO) return false;
    const { opened = -1, attempted = -1 } = this.attemptOf(row) ?? {};
    if (opened >= 0 && namesSameClient(rows, opened, row)) return false;
    if (!rows.hasDocument(row)) return true;
    if (attempted >= 0 && sameDocument(rows, attempted, row)) return false;
    return !this.#documents().has(documentKey(rows, row));
  }

  join(rows: Rows, lines: Int32Array, scratch: Scratch): void {
    this.#reset(rows, lines, scratch);
    const isOf = (log: number) => (row: number) => this.#facts.logOf(rows, row) > log;
    const client = firstIndex(lines, isOf(0));
    const faults = firstIndex(lines, isOf(1));
    this.server = part(lines, 0, client);
    this.client = part(lines, client, faults);
    this.faults = part(lines, faults, lines.length);
    this.serverLogs = logsOf(rows, this.server, this.#facts);
    this.clientLogs = logsOf(rows, this.client, this.#facts);
    // Lines of no session are of no attempt.
    if (this.low === 0) return;
    const first = this.#pool.used;
    this.#given?.prepare(rows, lines);
    this.#numbers.prepare(rows, lines, this.#given);
    for (const row of this.server) this.#onServer(row);
    for (const row of this.client) this.#onClient(row);
    for (const row of this.faults) this.#onFault(row);
    this.attempts = this.#pool.from(first);
    if (this.#mayHaveVanished || this.#isTaken) this.#endVanished();
  }

  endOf(row: number): number {
    for (const log of this.#vanished) {
      const end = log.endOf(this.rows, row);
      if (end >= 0) return end;
    }
    return this.#isTaken ? this.#takenAt(row) : -1;
  }

  /** The fault that took the page with what the row begins, though no later page may tell. */
  #takenAt(row: number): number {
    const { rows } = this;
    const isEnd = (fault: number) => takesPage(rows, fault) && rows.time(fault) >= rows.time(row);
    return this.attemptOf(row)?.faults.find(isEnd) ?? -1;
  }

  /** What a page had under way that vanished ended with it. */
  #endVanished(): void {
    if (this.#mayHaveVanished) {
      this.#vanished = this.clientLogs.map(({ lines }) => new Vanished(this.rows, lines));
    }
    for (const attempt of this.attempts) {
      const begun = begunBy(attempt);
      if (begun >= 0 && attempt.ended < 0) attempt.ended = this.endOf(begun);
    }
  }

  #reset(rows: Rows, lines: Int32Array, scratch: Scratch): void {
    const first = lines[0] as number;
    this.#rows = rows;
    this.#scratch = scratch;
    this.low = rows.sessionLow(first);
    this.high = rows.sessionHigh(first);
    this.isDelayed = false;
    this.#mayHaveVanished = false;
    this.#vanished = NO_VANISHED;
    this.#restored = undefined;
    this.#isTaken = false;
    this.started = -1;
    this.isBegunByReload = false;
    this.attempts = [];
    if (this.orphanedEnds.length > 0) this.orphanedEnds.length = 0;
    if (this.unendedUses.length > 0) this.unendedUses.length = 0;
    for (const span of [this.span.server, this.span.client]) {
      span.lowest = Number.POSITIVE_INFINITY;
      span.highest = 0;
    }
    if (this.#lowestOpened.size > 0) this.#lowestOpened.clear();
    if (this.#split.size > 0) this.#split.clear();
    this.#ownDocuments = undefined;
  }

  #onServer(row: number): void {
    this.#scratch.marks[row] = 0;
    const event = this.rows.event(row);
    if (event === EVENT.connection_opened) this.#serverOpened(row);
    else if (event === EVENT.connection_closed) this.#serverClosed(row);
    else if (event === EVENT.handshake_rejected) {
      const attempt = this.#attempt(row, 'server');
      if (attempt && attempt.rejected < 0) attempt.rejected = row;
    }
  }

  #serverOpened(row: number): void {
    const { rows } = this;
    const attempt = this.#attempt(row, 'server');
    if (!attempt) return;
    // A stranger's number tells nothing of the session's.
    if (rows.verified(row) !== NO) this.#noteOpened(row, attempt.number);
    const handshake = this.#handshake(attempt, row);
    if (handshake.opened >= 0) handshake.reopened += 1;
    else handshake.opened = row;
    this.#noteSplit(handshake);
  }

  #serverClosed(row: number): void {
    const attempt = this.#attempt(row, 'server');
    if (!attempt) return;
    const known = attempt.handshakes.length;
    const handshake = this.#handshake(attempt, row);
    const isFirst = attempt.handshakes.length > known;
    if (handshake.closed >= 0 && handshake.reopened > 0) handshake.reopened -= 1;
    else if (handshake.closed >= 0) this.#addOrphanedEnd(row, 'server', handshake.closed);
    if (handshake.closed < 0) {
      handshake.closed = row;
      handshake.isLeftOver = this.#mayHaveBegunBefore(row, attempt.number);
      if (isFirst && handshake.isLeftOver) this.#scratch.marks[row] = LEFT_OVER;
    }
    this.#noteSplit(handshake);
  }

  /** The accepted handshake with that row's `client_id`. */
  #handshake(attempt: Attempt, row: number): Handshake {
    const { handshakes } = attempt;
    const known =
      handshakes.length < MANY_HANDSHAKES
        ? handshakes.find(({ named }) => sameClient(this.rows, named, row))
        : this.#numbers.handshake(attempt, this.rows, row);
    return known ?? attempt.addHandshake(row);
  }

  #noteSplit({ opened, closed }: Handshake): void {
    if (opened < 0 || closed < 0) return;
    const stream = this.#facts.streamOf(this.rows, closed);
    if (this.#facts.streamOf(this.rows, opened) !== stream) this.#split.add(stream);
  }

  #noteOpened(row: number, number: number): void {
    if (number < 0) return;
    const stream = this.#facts.streamOf(this.rows, row);
    const lowest = this.#lowestOpened.get(stream);
    if (lowest === undefined || number < lowest) this.#lowestOpened.set(stream, number);
  }

  /** It was there before the log, so its number is below those that were opened since. */
  #mayHaveBegunBefore(row: number, number: number): boolean {
    if (!this.#facts.mayHaveBegunBefore(this.rows, row)) return false;
    const lowest = this.#lowestOpened.get(this.#facts.streamOf(this.rows, row));
    return lowest === undefined || number < lowest;
  }

  #onClient(row: number): void {
    this.#scratch.marks[row] = 0;
    if (tellsOfVanished(this.rows, row)) this.#mayHaveVanished = true;
    switch (this.rows.event(row)) {
      case EVENT.connection_attempt:
        this.#clientAttempt(row);
        break;
      case EVENT.connection_opened:
        this.#clientOpened(row);
        break;
      case EVENT.connection_closed:
      case EVENT.connection_failed:
      case EVENT.document_unloaded:
        this.#clientEnd(row);
        break;
      case EVENT.session_started:
        this.started = row;
        break;
      case EVENT.document_loaded:
        this.#onLoaded(row);
    }
  }

  #onLoaded(row: number): void {
    const { rows, started } = this;
    if (started < 0 || rows.detail(row) !== RELOAD) return;
    const mayBeIt = !rows.hasDocument(started) || !rows.hasDocument(row);
    this.isBegunByReload ||= mayBeIt || sameDocument(rows, started, row);
  }

  /** A number that is used again begins anew: that is one finding, and not one more for each line. */
  #clientAttempt(row: number): void {
    const attempt = this.#attempt(row, 'client');
    if (!attempt) return;
    const { leftOver } = attempt;
    const isOfStream =
      leftOver >= 0 &&
      this.#facts.streamOf(this.rows, leftOver) === this.#facts.streamOf(this.rows, row);
    attempt.reused ||= attempt.attempted >= 0 || isOfStream;
    if (attempt.attempted >= 0 && attempt.ended < 0) {
      this.unendedUses.push({ begun: begunBy(attempt), again: row });
    }
    attempt.attempted = row;
    attempt.opened = -1;
    attempt.ended = -1;
  }

  #clientOpened(row: number): void {
    const attempt = this.#attempt(row, 'client');
    if (!attempt) return;
    this.#mark(row, attempt);
    if (attempt.ended >= 0) this.#addOrphanedEnd(row, 'client', attempt.ended);
    else if (attempt.opened < 0) attempt.opened = row;
  }

  #clientEnd(row: number): void {
    const attempt = this.#attempt(row, 'client');
    if (!attempt) return;
    this.#mark(row, attempt);
    const isClose = this.rows.event(row) === EVENT.connection_closed;
    // Where clients don't log that they were welcomed, it is the close that tells of it.
    if (isClose && !this.#facts.clientOpens && attempt.ended < 0) attempt.opened = row;
    if (attempt.ended >= 0) this.#addOrphanedEnd(row, 'client', attempt.ended);
    else if (!this.#fitsEnd(row, attempt) && !this.#mayLackBeginning(row, attempt)) {
      this.#addOrphanedEnd(row, 'client', -1);
    }
    if (attempt.ended < 0) attempt.ended = row;
  }

  /** What an earlier line tells of the same is no news. */
  #mark(row: number, attempt: Attempt): void {
    if (attempt.attempted >= 0 || attempt.opened >= 0 || attempt.ended >= 0) return;
    const isOlder = this.#facts.mayHaveBegunBefore(this.rows, row);
    this.#scratch.marks[row] = UNHEARD_OF | (isOlder ? LEFT_OVER : 0);
    if (isOlder) attempt.leftOver = row;
  }

  /** Only what was welcomed closes, and only what was not fails; a page's end may find either. */
  #fitsEnd(row: number, { opened }: Attempt): boolean {
    const { rows } = this;
    const event = rows.event(row);
    if (event === EVENT.connection_failed) return opened < 0;
    if (event === EVENT.connection_closed || rows.hasClient(row)) {
      return opened >= 0 && sameClient(rows, opened, row);
    }
    return true;
  }

  /** Its beginning may be before the log's, or is not what that client logs. */
  #mayLackBeginning(row: number, { attempted, opened }: Attempt): boolean {
    if (attempted >= 0 || opened >= 0) return false;
    const { clientAttempts, clientOpens } = this.#facts;
    return !(clientAttempts || clientOpens) || this.#facts.mayHaveBegunBefore(this.rows, row);
  }

  #onFault(row: number): void {
    this.#scratch.marks[row] = 0;
    const { rows } = this;
    if (rows.event(row) !== EVENT.fault_injected) return;
    this.isDelayed ||= (rows.detail(row) & FAULT_BITS.delays_frames) !== 0;
    this.#isTaken ||= takesPage(rows, row);
    this.#attempt(row, undefined)?.addFault(row);
  }

  #numberOf(row: number): number {
    return this.#given === undefined ? this.rows.sequence(row) : this.#given.of(row);
  }

  /** The attempt that the row tells of, made if need be; undefined where it names none. */
  #attempt(row: number, log: 'server' | 'client' | undefined): Attempt | undefined {
    const number = this.#numberOf(row);
    if (number === 0) return undefined;
    if (log !== undefined && number > 0) widen(this.span[log], number);
    const { nexts } = this.#scratch;
    nexts[row] = -1;
    const known = this.#numbers.find(number);
    if (known >= 0) {
      const attempt = this.#pool.at(known);
      nexts[attempt.last] = row;
      attempt.last = row;
      return attempt;
    }
    const attempt = this.#pool.take(number);
    attempt.first = row;
    attempt.last = row;
    this.#numbers.add(number, this.#pool.used - 1);
    return attempt;
  }

  #addOrphanedEnd(row: number, log: OrphanedEnd['log'], earlier: number): void {
    this.orphanedEnds.push({ row, log, earlier });
  }

  #documents(): ReadonlySet<string> {
    const { rows } = this;
    this.#ownDocuments ??= new Set(
      [...this.server]
        .filter((row) => rows.event(row) === EVENT.connection_opened)
        .filter((row) => rows.verified(row) === YES && rows.hasDocument(row))
        .map((row) => documentKey(rows, row)),
    );
    return this.#ownDocuments;
  }
}

const begunBy = ({ attempted, opened }: Attempt): number => (opened >= 0 ? opened : attempted);

/** More are looked up by their ids. */
const MANY_HANDSHAKES = 8;

function widen(span: Span, number: number): void {
  if (number < span.lowest) span.lowest = number;
  if (number > span.highest) span.highest = number;
}

/** To make a view takes as long as to look at some lines. */
function part(lines: Int32Array, from: number, to: number): Int32Array {
  if (from === to) return NONE;
  return to - from === lines.length ? lines : lines.subarray(from, to);
}

function firstIndex(lines: Int32Array, holds: (row: number) => boolean): number {
  // Lines are in the order of logs, so half of them can be passed over at a time.
  let low = 0;
  let high = lines.length;
  if (!holds(lines[high - 1] as number)) return high;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(lines[middle] as number)) high = middle;
    else low = middle + 1;
  }
  return low;
}
