import type { LogName } from '../core/records.ts';
import { type Clocks, ProcessStarts } from '../model/connections.ts';
import type { Doubt } from '../model/findings.ts';
import { IdTable } from '../model/id-table.ts';
import type { LinePlace } from '../model/record.ts';
import { EVENT, type EventName, LOGS, type Rows } from '../model/rows.ts';
import { placeAt } from './activity/first-places.ts';
import { MAX_SECONDS, secondKey } from './activity/loss-seconds.ts';
import { type Grid, gridOf } from './activity/scales.ts';
import { DURATION_PRECISION_MS, type Process, type StreamFacts } from './stream-facts.ts';

/** Starts this close together may be out of order by the rounding of times and durations alone. */
export const START_PRECISION_MS = 10;

/** A line that names an id which some session's lines raise a question about. */
export interface Claim {
  /** Index into `LOGS`. */
  log: number;
  event: number;
  sessionLow: number;
  sessionHigh: number;
  connection_sequence: number;
  /** As `Rows.detail`. */
  detail: number;
  place: LinePlace;
}

/** A process that was killed, by its log. */
export interface KilledProcess {
  /** Of its last line, milliseconds since the epoch: when it was killed is not known. */
  time: number;
  /** Where the next one starts. */
  place: LinePlace;
}

/** A server that a fault killed. */
export interface Kill {
  /** Milliseconds since the epoch. */
  time: number;
  /** Which node of several it was. */
  node: number | undefined;
}

/** What is known of the logs as wholes. Plain data: threads are handed it. */
export interface FactsData {
  /** The logs that are read. */
  logs: LogName[];
  /** By file: its log and its stream. */
  files: { log: number; stream: number }[];
  /** By stream: the first one whose clock its times are by. */
  clocks: number[];
  /** By stream. */
  streams: (StreamFacts | undefined)[];
  /** By log, a bit for each event that it has. */
  events: number[];
  /** Whether any line has a `client_id`. */
  clientIds: boolean;
  /** A server tells which document opened a connection. */
  serverDocuments: boolean;
  /** A tab's last line tells of a page that was there to the end. */
  tabEnds: boolean;
  /** What faults killed, one for each time. */
  kills: Kill[];
  /** By stream, `client_id`s on lines without a number; undefined where they are too many to hold. */
  numberless: (Int32Array | undefined)[];
  /** Sessions that are linked with others, and the family of each, by index. */
  linked: { sessions: Int32Array; families: Int32Array };
  /** By document: how often it began a session as new, where that was more than once. */
  begunAgain: ReadonlyMap<string, number>;
  /** Lines that name the ids which were asked about, in the order in which they are read. */
  claims: ReadonlyMap<string, readonly Claim[]>;
  /** Where processes start. */
  starts: number[];
  /** Seconds in which many connections were lost, by `secondKey`. */
  lossSeconds: number[];
}

export const claimKey = (low: number, high: number): string => `${low} ${high}`;

const NO_CLAIMS: readonly Claim[] = [];

/** What there is in the logs: which checks can run, and how, depends on it. Read-only. */
export class Facts implements Clocks {
  readonly data: FactsData;
  readonly logs: ReadonlySet<LogName>;
  /** The client logs each attempt, and each welcome; some log `connection_closed` only. */
  readonly clientAttempts: boolean;
  readonly clientOpens: boolean;
  /** Every client is known to have ended. */
  readonly clientEnds: boolean;
  /** Every server logs what it opens. */
  readonly allServersOpen: boolean;
  /** Some end is told without how long the connection lasted. */
  readonly hasUntimed: boolean;
  /** Some log that tells of connections has no number on any line, and wsdiag did not write it. */
  readonly lacksNumbers: boolean;
  /** So have all logs of that side. */
  readonly isUnnumbered: Record<'server' | 'client', boolean>;
  /** By file. */
  readonly #logOf: Uint8Array;
  readonly #streamOf: Int32Array;
  readonly #isNumbered: boolean[];
  /** By log: one table for each stream that has numbers. */
  readonly #numberless: (IdTable | undefined)[][];
  readonly #linked: IdTable;
  readonly #mayBeSplit: boolean[];
  readonly #begunAt: (number | undefined)[];
  readonly #isBounded: boolean[];
  readonly #killedAt: Map<Process, number>;
  readonly starts: ProcessStarts;
  /** The time of the logs that tell of all connections there are; undefined where that is by several clocks. */
  readonly grid: Grid | undefined;
  readonly #lossSeconds: ReadonlySet<number>;
  /** By stream: when processes that are not its last ended, by how many had started before. */
  readonly #ends: Map<number, number>[];
  /** By stream, and by the same: those that were killed. */
  readonly #kills: Map<number, KilledProcess>[];

  constructor(data: FactsData) {
    this.data = data;
    this.logs = new Set(data.logs);
    this.#logOf = Uint8Array.from(data.files, ({ log }) => log);
    this.#streamOf = Int32Array.from(data.files, ({ stream }) => stream);
    this.hasUntimed = data.streams.some((stream) => stream !== undefined && stream.untimed > 0);
    this.#mayBeSplit = LOGS.map((log) =>
      this.#streams(log).some(
        // wsdiag's own that has no close was killed before there was one.
        ({ hasOpened, closed, isOwn }) => hasOpened && closed === 0 && !isOwn,
      ),
    );
    this.clientAttempts =
      this.has('client', 'connection_attempt') || this.has('client', 'client_started');
    this.clientOpens =
      this.has('client', 'connection_opened') || this.has('client', 'client_started');
    this.clientEnds = this.#every('client', ({ hasStopped }) => hasStopped);
    this.allServersOpen = this.#closesOnly('server').length === 0;
    this.#isNumbered = data.streams.map(
      (stream) => stream !== undefined && this.#isNumberedIn(stream),
    );
    this.lacksNumbers = this.numbered().includes(false);
    const isUnnumbered = (side: 'server' | 'client') =>
      this.lacksNumbers && !this.numbered(side).includes(true);
    this.isUnnumbered = { server: isUnnumbered('server'), client: isUnnumbered('client') };
    this.#numberless = LOGS.map((_, log) =>
      data.numberless
        .filter((_, stream) => data.streams[stream]?.log === log && this.isNumbered(stream))
        .map((halves) => halves && IdTable.of(halves)),
    );
    this.#linked = IdTable.of(data.linked.sessions);
    this.#begunAt = data.streams.map((stream) => stream && this.#begunOf(stream));
    this.#isBounded = LOGS.map((log) => this.#every(log, ({ begun }) => begun === undefined));
    this.#killedAt = this.#killTimes();
    this.starts = new ProcessStarts(data.starts);
    this.grid = this.#findGrid();
    this.#ends = data.streams.map((stream) => this.#endsOf(stream?.processes ?? []));
    this.#kills = data.streams.map((stream) => this.#killsOf(stream));
    this.#lossSeconds = new Set([...data.lossSeconds, ...this.#killSeconds()]);
  }

  /** The same, with what was asked about. */
  with(claims: FactsData['claims']): Facts {
    return new Facts({ ...this.data, claims });
  }

  has(log: LogName, event: EventName): boolean {
    return (((this.data.events[LOGS.indexOf(log)] ?? 0) >> EVENT[event]) & 1) === 1;
  }

  /** Index into `LOGS`. */
  logOf(rows: Rows, row: number): number {
    return this.#logOf[rows.file(row)] as number;
  }

  /** Whose log it stands in: each server's clock and order are its own. */
  streamOf(rows: Rows, row: number): number {
    return this.#streamOf[rows.file(row)] as number;
  }

  /** The same for all streams whose times can be compared. */
  clockOf(stream: number): number {
    return this.data.clocks[stream] as number;
  }

  stream(stream: number): StreamFacts {
    return this.data.streams[stream] as StreamFacts;
  }

  /** A server logs what it opens; of some servers there are `connection_closed` only. */
  get serverOpens(): boolean {
    return this.#streams('server').some(({ opens }) => opens);
  }

  /** Some server's opens and closes may be in two logs; each session's lines tell whether they are. */
  get mayBeSplit(): boolean {
    return this.#mayBeSplit[0] === true;
  }

  /** Whether connections of more than one server are told of. */
  get severalServers(): boolean {
    const telling = this.#streams('server').filter(
      ({ hasOpened, closed }) => hasOpened || (!this.mayBeSplit && closed > 0),
    );
    return telling.length > 1;
  }

  /** Of several nodes there is the log of one alone: when a session was back on another is not known. */
  get isOneNode(): boolean {
    const nodes = new Set(this.#streams('server').map(({ node }) => node));
    return !this.logs.has('client') && nodes.size === 1 && !nodes.has(undefined);
  }

  /** Connections that only their closes tell of, and those without a duration, so without an order. */
  closesAlone(log: 'server' | 'client'): { closed: number; untimed: number } {
    const streams = this.#closesOnly(log);
    const sum = (of: 'closed' | 'untimed') => streams.reduce((all, stream) => all + stream[of], 0);
    return { closed: sum('closed'), untimed: sum('untimed') };
  }

  /** How far apart, in milliseconds, two starts have to be to have an order: they are reckoned from closes. */
  startPrecisionMs(stream: number): number {
    const { timeUnit, durationUnit } = this.stream(stream);
    return Math.max(START_PRECISION_MS, timeUnit + durationUnit);
  }

  /** One client's log tells of attempts, or of welcomes, and another's would not. */
  get clientsDiffer(): boolean {
    return this.#streams('client').some(
      ({ attempts, opens, openedAgain, closedOwn }) =>
        (this.clientAttempts && !attempts && (openedAgain || closedOwn)) ||
        (this.clientOpens && !opens && closedOwn),
    );
  }

  /** The client tells when a page loads, and when it goes. */
  get clientDocuments(): boolean {
    const tellsGone =
      this.has('client', 'document_unloaded') || this.has('client', 'client_started');
    return tellsGone && this.has('client', 'document_loaded');
  }

  /** A server's process is known to have begun and ended, so what it had open is over. */
  get serverEnds(): boolean {
    return this.#streams('server').some(({ hasEnded }) => hasEnded);
  }

  /** Whether all its logs begin with their processes, as wsdiag's own do. */
  isBounded(log: 'server' | 'client'): boolean {
    return this.#isBounded[LOGS.indexOf(log)] === true;
  }

  /**
   * Whether what ended there may have begun before the log did: a log that doesn't begin with the start
   * of its process begins in the middle of things.
   */
  mayHaveBegunBefore(rows: Rows, row: number): boolean {
    const begun = this.#begunAt[this.streamOf(rows, row)];
    if (begun === undefined) return false;
    const seconds = rows.value(row);
    return (
      Number.isNaN(seconds) || rows.time(row) - seconds * 1000 <= begun + DURATION_PRECISION_MS
    );
  }

  /** A line of that log names the connection, but not by its number. */
  isNumberless(log: 'server' | 'client', rows: Rows, row: number): boolean {
    if (!rows.hasClient(row)) return false;
    const [low, high] = [rows.clientLow(row), rows.clientHigh(row)];
    const known = this.#numberless[LOGS.indexOf(log)] ?? [];
    return known.some((ids) => ids === undefined || ids.has(low, high));
  }

  /** Its lines have numbers, or should have: wsdiag writes them. */
  isNumbered(stream: number): boolean {
    return this.#isNumbered[stream] === true;
  }

  /** By stream that tells of connections, of one side or of both: whether it has numbers. */
  numbered(side?: 'server' | 'client'): boolean[] {
    return this.data.streams.flatMap((stream, index) => {
      const isOfSide = side === undefined || stream?.log === LOGS.indexOf(side);
      return isOfSide && tells(stream) ? [this.isNumbered(index)] : [];
    });
  }

  /** Index of a family of several sessions; -1 for a session by itself. */
  familyOf(low: number, high: number): number {
    const linked = this.#linked.find(low, high);
    return linked < 0 ? -1 : (this.data.linked.families[linked] as number);
  }

  /** What all sessions of a family have in common: half of the hash of one of them. */
  groupOf(low: number, high: number): number {
    const family = this.familyOf(low, high);
    return family < 0 ? high : this.#linked.high(family);
  }

  /** Lines that name an id which was asked about. */
  claims(low: number, high: number): readonly Claim[] {
    const { claims } = this.data;
    // Mostly nothing was asked about, and to make keys takes longer than all else here.
    return (claims.size > 0 && claims.get(claimKey(low, high))) || NO_CLAIMS;
  }

  /** The server process that wrote a row; undefined before the first start that its log tells of. */
  processOf(rows: Rows, row: number): Process | undefined {
    const { processes } = this.stream(this.streamOf(rows, row));
    const position = rows.position(row);
    const began = ({ position: from, isTold }: Process) =>
      from < position || (from === position && !isTold);
    // A log may have a million, in the order of their positions.
    let [low, high] = [0, processes.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (began(processes[middle] as Process)) low = middle + 1;
      else high = middle;
    }
    return processes[low - 1];
  }

  /** When a process was killed, by the faults; unless these tell of one kill for each, none can be told. */
  killedAt(process: Process): number | undefined {
    return this.#killedAt.get(process);
  }

  /** How often servers broke off, and were started again. */
  get killed(): Process[] {
    return this.#killedOf(() => true);
  }

  /**
   * Whether each break in the server logs, a start without the stop before it, is a kill that a fault log
   * tells of. Only where both are there.
   */
  killDoubts(fileOf: (file: number) => string): Doubt[] {
    const breaks = this.#streams('server').flatMap(({ processes }) =>
      processes.filter((_, index) => processes[index - 1]?.end === 'killed'),
    );
    const last = breaks.at(-1);
    if (!this.has('faults', 'faults_started') || !last) return [];
    if (breaks.length <= this.data.kills.length) return [];
    const [file, line] = [Math.floor(last.position / 2 ** 32), last.position % 2 ** 32];
    return [{ code: 'kill-unexplained', where: { file: fileOf(file), line }, value: '' }];
  }

  isLossSecond(key: number): boolean {
    return this.#lossSeconds.has(key);
  }

  get hasLossSeconds(): boolean {
    return this.#lossSeconds.size > 0;
  }

  /** When what a process had open was over; infinite for the last of a log. */
  endOf(stream: number, process: number): number {
    return this.#ends[stream]?.get(process) ?? Number.POSITIVE_INFINITY;
  }

  /** Undefined for a process that was not killed, for the last of a log, and where a log tells of no ends. */
  killOf(stream: number, process: number): KilledProcess | undefined {
    return this.#kills[stream]?.get(process);
  }

  #findGrid(): Grid | undefined {
    const telling = (['server', 'client'] as const).map((log) =>
      this.data.streams.flatMap((stream, index) =>
        tells(stream) && stream?.log === LOGS.indexOf(log) ? [{ ...stream, index }] : [],
      ),
    );
    const streams = telling.find((all) => all.length > 0) ?? [];
    const [clock, ...others] = new Set(streams.map(({ index }) => this.clockOf(index)));
    if (clock === undefined || others.length > 0) return undefined;
    const first = Math.min(...streams.map((stream) => stream.first));
    return gridOf(clock, first, Math.max(...streams.map(({ last }) => last)));
  }

  #endsOf(processes: readonly Process[]): Map<number, number> {
    const ends = new Map<number, number>();
    for (const [nth, { position, lastLine }] of processes.entries()) {
      const before = this.starts.before(position);
      if (nth === 0) ends.set(before, (processes[0] as Process).started);
      if (nth < processes.length - 1) ends.set(before + 1, lastLine);
    }
    return ends;
  }

  #killsOf(stream: StreamFacts | undefined): Map<number, KilledProcess> {
    const kills = new Map<number, KilledProcess>();
    if (!stream || stream.closed === 0) return kills;
    for (const [nth, { position, lastLine, end }] of stream.processes.entries()) {
      const next = stream.processes[nth + 1];
      if (end !== 'killed' || !next) continue;
      const place = placeAt(next.position, 0);
      kills.set(this.starts.before(position) + 1, { time: lastLine, place });
    }
    return kills;
  }

  #killSeconds(): number[] {
    return this.#kills
      .flatMap((kills, stream) =>
        [...kills.values()].map(({ time }) => secondKey(this.clockOf(stream), time)),
      )
      .slice(0, MAX_SECONDS);
  }

  #isNumberedIn({ isOwn, numbered }: StreamFacts): boolean {
    return isOwn || numbered || this.logs.has('faults');
  }

  #killedOf(which: (stream: StreamFacts) => boolean): Process[] {
    return this.#streams('server')
      .filter(which)
      .flatMap(({ processes }) => processes.filter(({ end }) => end === 'killed'));
  }

  #killTimes(): Map<Process, number> {
    const times = new Map<Process, number>();
    if (!this.logs.has('client')) return times;
    const nodes = new Set(this.#streams('server').map(({ node }) => node));
    for (const node of nodes) {
      const kills = this.data.kills.filter((kill) => kill.node === node);
      const killed = this.#killedOf((stream) => stream.node === node);
      if (killed.length !== kills.length) continue;
      for (const [nth, process] of killed.entries()) times.set(process, (kills[nth] as Kill).time);
    }
    return times;
  }

  #streams(log: LogName): StreamFacts[] {
    return this.data.streams.filter(
      (stream): stream is StreamFacts => stream?.log === LOGS.indexOf(log),
    );
  }

  #every(log: LogName, holds: (stream: StreamFacts) => boolean): boolean {
    const streams = this.#streams(log);
    return streams.length > 0 && streams.every(holds);
  }

  #closesOnly(log: 'server' | 'client'): StreamFacts[] {
    const othersTell = log === 'server' ? this.mayBeSplit : this.clientAttempts || this.clientOpens;
    if (othersTell) return [];
    return this.#streams(log).filter(({ closed, opens }) => closed > 0 && !opens);
  }

  /** Closes without opens of their own have these in another log, which may begin later. */
  #begunOf({ log, begun, opens }: StreamFacts): number | undefined {
    if (begun === undefined || opens || !this.#mayBeSplit[log]) return begun;
    const openers = this.#streams(LOGS[log] as LogName).filter(
      ({ hasOpened, closed }) => hasOpened && closed === 0,
    );
    return Math.max(begun, ...openers.map((opener) => opener.begun ?? 0));
  }
}

/** It tells of connections. */
const tells = (stream: StreamFacts | undefined): boolean =>
  stream !== undefined && (stream.hasOpened || stream.closed > 0 || stream.attempts);
