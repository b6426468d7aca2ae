import { EVENT, type ProcessNote, type Rows } from '../model/rows.ts';

/** The coarsest unit that times and durations are logged in. */
const SECOND_MS = 1000;
/** Durations may be logged in whole seconds. */
export const DURATION_PRECISION_MS = 1000;
/** What binary fractions of a second are off by. */
const ROUNDING = 1e-6;

/**
 * A server process's life: killed where the next one started before it had said that it stopped, or where the
 * fault log says so.
 */
export interface Process {
  /** Where its `server_started` stands, and when that was, milliseconds since the epoch. */
  position: number;
  /** It is the fault log that tells of it: it began behind that line. */
  isTold: boolean;
  started: number;
  end: 'running' | 'stopped' | 'killed';
  /** When its last line was written, milliseconds since the epoch. */
  lastLine: number;
}

/** What there is in the log of one server, or of one client. Plain data: threads are handed it. */
export interface StreamFacts {
  /** Index into `LOGS`. */
  log: number;
  /** wsdiag wrote it, and it begins with its process: it lacks no field. */
  isOwn: boolean;
  /** Of a server: which node of several it is. */
  node: number | undefined;
  /** When the log begins, in milliseconds since the epoch, where that is in the middle of things. */
  begun: number | undefined;
  /** The earliest and the latest time in it, milliseconds since the epoch. */
  first: number;
  last: number;
  /** Its last process is known to have ended. */
  hasStopped: boolean;
  /** A process of which the beginning is known is known to have ended. */
  hasEnded: boolean;
  /** It tells of what was opened, or would have. */
  opens: boolean;
  /** It told of it. */
  hasOpened: boolean;
  /** The same of what was attempted; of clients. */
  attempts: boolean;
  /** Some line has a number. */
  numbered: boolean;
  /** Some open or close names its connection: of a client's, where its server's protocol has such names. */
  namesConnections: boolean;
  /** Each open names its session. */
  namesSessions: boolean;
  /** Some line of it names a session. */
  hasSessions: boolean;
  /** It told of a connection, or of a second one of a session, that surely began after the log. */
  closedOwn: boolean;
  openedAgain: boolean;
  /** Lines of `connection_closed`, and of these the ones without a duration. */
  closed: number;
  untimed: number;
  /** Milliseconds: the units that all its times, and all its durations, are whole in. */
  timeUnit: number;
  durationUnit: number;
  /** Of servers. */
  processes: Process[];
}

/** Folds over the rows of one stream. */
export class StreamFold {
  readonly facts: StreamFacts;
  readonly #started: number;
  readonly #stopped: number;
  #hasStarted = false;
  #firstOpenedLow = 0;
  #firstOpenedHigh = 0;

  /** Begins with its first row. */
  constructor(log: number, rows: Rows, row: number, note: ProcessNote | undefined) {
    this.#started = [EVENT.server_started, EVENT.client_started, EVENT.faults_started][log] ?? -1;
    this.#stopped = [EVENT.server_stopped, EVENT.client_stopped, EVENT.faults_stopped][log] ?? -1;
    const isWhole = rows.event(row) === this.#started;
    this.facts = {
      log,
      isOwn: isWhole && note?.isOwn === true,
      node: note?.node,
      begun: isWhole ? undefined : rows.time(row),
      first: rows.time(row),
      last: rows.time(row),
      hasStopped: false,
      hasEnded: false,
      opens: false,
      hasOpened: false,
      attempts: false,
      numbered: false,
      namesConnections: false,
      namesSessions: true,
      hasSessions: false,
      closedOwn: false,
      openedAgain: false,
      closed: 0,
      untimed: 0,
      timeUnit: SECOND_MS,
      durationUnit: SECOND_MS,
      processes: [],
    };
  }

  onRow(rows: Rows, row: number, note?: ProcessNote): void {
    const { facts } = this;
    const time = rows.time(row);
    if (time > facts.last) facts.last = time;
    else if (time < facts.first) facts.first = time;
    facts.hasSessions ||= rows.hasSession(row);
    if (facts.timeUnit > 1) facts.timeUnit = unitOf(time, facts.timeUnit);
    if (!facts.numbered) facts.numbered = rows.sequence(row) > 0;
    const event = rows.event(row);
    if (event === EVENT.connection_closed) {
      this.#onClosed(time, rows.value(row));
      facts.namesConnections ||= rows.hasClient(row);
    } else if (event === EVENT.connection_opened) {
      this.#onOpened(rows, row);
      facts.namesConnections ||= rows.hasClient(row);
    }
    if (event === EVENT.connection_attempt) facts.attempts = true;
    else if (event === this.#started) this.#onStarted(rows, row, note);
    else if (event === this.#stopped) this.#onStopped(note);
    const process = facts.processes.at(-1);
    if (process) process.lastLine = time;
  }

  /** Its lines are all there are of a run, though they don't say so. */
  isOfRun(): void {
    this.facts.begun = undefined;
  }

  #onClosed(time: number, duration: number): void {
    const { facts } = this;
    facts.closed += 1;
    if (time - duration * 1000 > (facts.begun ?? 0) + DURATION_PRECISION_MS) facts.closedOwn = true;
    if (Number.isNaN(duration)) facts.untimed += 1;
    else if (facts.durationUnit > 1) {
      facts.durationUnit = unitOf(duration * 1000, facts.durationUnit);
    }
  }

  #onOpened(rows: Rows, row: number): void {
    const { facts } = this;
    const [low, high] = [rows.sessionLow(row), rows.sessionHigh(row)];
    if (facts.hasOpened) {
      facts.openedAgain ||= low === this.#firstOpenedLow && high === this.#firstOpenedHigh;
    } else {
      this.#firstOpenedLow = low;
      this.#firstOpenedHigh = high;
    }
    facts.namesSessions &&= low !== 0;
    facts.hasOpened = true;
    facts.opens = true;
  }

  #onStarted(rows: Rows, row: number, note: ProcessNote | undefined): void {
    const { facts } = this;
    facts.hasEnded ||= this.#hasStarted;
    this.#hasStarted = true;
    facts.hasStopped = false;
    if (!note?.told) {
      facts.opens = true;
      facts.attempts = true;
    }
    if (rows.event(row) !== EVENT.server_started) return;
    const process = facts.processes.at(-1);
    if (process?.end === 'running') process.end = 'killed';
    facts.processes.push({
      position: rows.position(row),
      isTold: note?.told !== undefined,
      started: rows.time(row),
      end: 'running',
      lastLine: 0,
    });
  }

  #onStopped(note: ProcessNote | undefined): void {
    const { facts } = this;
    facts.hasEnded ||= this.#hasStarted;
    facts.hasStopped = true;
    const process = facts.processes.at(-1);
    if (process) process.end = note?.told?.isKilled ? 'killed' : 'stopped';
  }
}

/** The largest power of ten, up to `unit`, that the value is whole in; 1 where there is none. */
function unitOf(ms: number, unit: number): number {
  let largest = unit;
  while (largest > 1 && Math.abs(ms / largest - Math.round(ms / largest)) > ROUNDING) largest /= 10;
  return largest;
}
