import { OpenConnections } from './open-connections.ts';
import { EVENT, type Rows } from './rows.ts';

/** Whose clock times are by: index of the log, and so of the process that wrote it. */
export interface Clocks {
  /** Whose log a row stands in. */
  streamOf(rows: Rows, row: number): number;
  starts: ProcessStarts;
}

/** Where processes start, in the order in which lines are read: what was open before ended there. */
export class ProcessStarts {
  /** Plain data: threads are handed it. */
  readonly positions: number[];

  constructor(positions: number[] = []) {
    this.positions = positions;
  }

  /** A row of any log. */
  onRow(rows: Rows, row: number): void {
    const event = rows.event(row);
    if (event === EVENT.server_started || event === EVENT.client_started) {
      this.positions.push(rows.position(row));
    }
  }

  /** How many stand before that position. */
  before(position: number): number {
    const { positions } = this;
    let [low, high] = [0, positions.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((positions[middle] as number) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** By how much a lifetime may differ from what the times of its two lines say. */
const SLACK_MS = 5000;
const SLACK_SHARE = 0.01;

/**
 * Whether a lifetime is not what the times of its two lines say, by one clock.
 *
 * @param livedMs as the close has it
 * @param toldMs from open to close, by the times of their lines
 * @param precisionMs of both
 * @param maySleep a machine that slept counts no lifetime, and its page's clock goes on all the same
 */
export function contradictsTimes(
  livedMs: number,
  toldMs: number,
  precisionMs: number,
  maySleep: boolean,
): boolean {
  const slack = SLACK_MS + precisionMs + SLACK_SHARE * Math.max(livedMs, toldMs);
  return (maySleep ? livedMs - toldMs : Math.abs(toldMs - livedMs)) > slack;
}

/** Times and durations may both be in whole seconds. */
const COARSEST_MS = 2000;

/**
 * The connections of one session, as the logs of one side tell them, in the order in which they are told of. What is
 * read is valid until the next session is read. Times are milliseconds since the epoch; NaN is what the logs don't tell.
 */
export class Connections {
  size = 0;
  /** Connections that ended: by a close, or with their page. */
  ended = 0;
  /** When each began: its open or, where the log has none, its close less its lifetime. */
  started = new Float64Array(64);
  /** When each ended. */
  closed = new Float64Array(64);
  /** How long each lived, seconds. */
  lived = new Float64Array(64);
  /** The row of its open, and of its end; -1 where there is none. */
  openRow = new Int32Array(64);
  endRow = new Int32Array(64);
  /** Whose log, and which of its processes. */
  stream = new Int32Array(64);
  process = new Int32Array(64);
  readonly #clocks: Clocks;
  /** By their places. */
  readonly #open: OpenConnections<number, number>;
  #rows: Rows | undefined;
  #maySleep = false;

  constructor(clocks: Clocks) {
    this.#clocks = clocks;
    const rows = () => this.#rows as Rows;
    this.#open = new OpenConnections({
      number: (row) => rows().sequence(row),
      isSameClient: (one, other) => isSameClient(rows(), one, other),
      hasClient: (row) => rows().hasClient(row),
    });
  }

  /**
   * @param lines rows of the session in the logs of one side, in the order in which they are read
   * @param isClient they are a client's
   */
  read(rows: Rows, lines: Int32Array, isClient: boolean): this {
    this.#rows = rows;
    this.#maySleep = isClient;
    this.size = 0;
    this.ended = 0;
    this.#open.clear();
    const { starts } = this.#clocks;
    let stream = -1;
    let process = -1;
    let started = 0;
    let startsNext = Number.NEGATIVE_INFINITY;
    for (const row of lines) {
      const event = rows.event(row);
      if (!isToldBy(event)) continue;
      const ofRow = this.#clocks.streamOf(rows, row);
      const position = rows.position(row);
      if (position > startsNext) {
        started = starts.before(position);
        startsNext = starts.positions[started] ?? Number.POSITIVE_INFINITY;
      }
      if (ofRow !== stream || started !== process) this.#open.clear();
      stream = ofRow;
      process = started;
      if (event === EVENT.connection_opened) this.#onOpened(row, stream, process);
      else this.#onEnded(row, event, stream, process);
    }
    return this;
  }

  /** Most that were open at once; null where it is not known when any was. */
  get atOnce(): number | null {
    let most: number | null = null;
    for (const { starts, ends } of this.#spans((place) => !Number.isNaN(this.started[place]))) {
      let ended = 0;
      starts.forEach((start, begun) => {
        while ((ends[ended] as number) <= start) ended += 1;
        most = Math.max(most ?? 0, begun + 1 - ended);
      });
    }
    return most;
  }

  /** The longest time without a connection between two of one log; null where none is known. */
  get longestGapMs(): number | null {
    let longest: number | null = null;
    let lastStream = -1;
    let lastEnd = Number.NaN;
    for (const { stream, starts, ends } of this.#spans()) {
      // What a process left open ended with it, nobody knows when.
      const isUnknown = stream !== lastStream || lastEnd === Number.POSITIVE_INFINITY;
      let end = isUnknown ? Number.NaN : lastEnd;
      starts.forEach((start, begun) => {
        // So many have begun before; where as many have ended by then, none was left.
        if (begun > 0) end = ends[begun - 1] as number;
        if (start - end >= 0) longest = Math.max(longest ?? 0, start - end);
      });
      lastStream = stream;
      lastEnd = Math.max(
        isUnknown ? Number.NEGATIVE_INFINITY : lastEnd,
        ends.at(-1) ?? Number.NEGATIVE_INFINITY,
      );
    }
    return longest;
  }

  #onOpened(row: number, stream: number, process: number): void {
    const place = this.#add(stream, process);
    this.openRow[place] = row;
    this.started[place] = (this.#rows as Rows).time(row);
    this.#open.open(row, place);
  }

  #onEnded(row: number, event: number, stream: number, process: number): void {
    const rows = this.#rows as Rows;
    const isClose = event === EVENT.connection_closed;
    const opened = this.#open.end(row);
    // In mid-dial a page that goes has nothing to end.
    if (opened === undefined && !isClose) return;
    const place = opened ?? this.#add(stream, process);
    const time = rows.time(row);
    this.ended += 1;
    this.endRow[place] = row;
    this.closed[place] = time;
    const told = this.#open.isSure ? time - (this.started[place] as number) : Number.NaN;
    this.lived[place] = this.#lifetime(isClose ? rows.value(row) : Number.NaN, told);
    if (opened === undefined) this.started[place] = time - (this.lived[place] as number) * 1000;
  }

  /** Seconds. */
  #lifetime(duration: number, toldMs: number): number {
    if (!(duration >= 0)) return toldMs >= 0 ? toldMs / 1000 : Number.NaN;
    if (Number.isNaN(toldMs)) return duration;
    const isContradicted = contradictsTimes(duration * 1000, toldMs, COARSEST_MS, this.#maySleep);
    return isContradicted ? Number.NaN : duration;
  }

  #add(stream: number, process: number): number {
    const place = this.size++;
    if (place === this.started.length) this.#grow();
    this.started[place] = Number.NaN;
    this.closed[place] = Number.NaN;
    this.lived[place] = Number.NaN;
    this.openRow[place] = -1;
    this.endRow[place] = -1;
    this.stream[place] = stream;
    this.process[place] = process;
    return place;
  }

  /**
   * When connections began and when they ended, each sorted by itself, by log and process. One that began nobody knows
   * when may have begun before all others; one without an end is open.
   */
  *#spans(
    isMeant: (place: number) => boolean = () => true,
  ): Generator<{ stream: number; starts: Float64Array; ends: Float64Array }> {
    const { stream, process } = this;
    for (let from = 0; from < this.size; ) {
      const places: number[] = [];
      let to = from;
      for (; to < this.size; to++) {
        if (stream[to] !== stream[from] || process[to] !== process[from]) break;
        if (isMeant(to)) places.push(to);
      }
      yield {
        stream: stream[from] as number,
        starts: sorted(places, this.started, Number.NEGATIVE_INFINITY),
        ends: sorted(places, this.closed, Number.POSITIVE_INFINITY),
      };
      from = to;
    }
  }

  #grow(): void {
    const floats = ['started', 'closed', 'lived'] as const;
    const ints = ['openRow', 'endRow', 'stream', 'process'] as const;
    for (const field of floats) {
      const more = new Float64Array(2 * this.size);
      more.set(this[field]);
      this[field] = more;
    }
    for (const field of ints) {
      const more = new Int32Array(2 * this.size);
      more.set(this[field]);
      this[field] = more;
    }
  }
}

/** Events are few, and a comparison is quicker than a look-up. */
const isToldBy = (event: number): boolean =>
  event === EVENT.connection_closed ||
  event === EVENT.connection_opened ||
  event === EVENT.document_unloaded;

function sorted(places: readonly number[], times: Float64Array, unknown: number): Float64Array {
  const timeOf = (place: number) => {
    const time = times[place] as number;
    return Number.isNaN(time) ? unknown : time;
  };
  return Float64Array.from(places, timeOf).sort();
}

function isSameClient(rows: Rows, one: number, other: number): boolean | undefined {
  if (!rows.hasClient(one) || !rows.hasClient(other)) return undefined;
  return (
    rows.clientLow(one) === rows.clientLow(other) && rows.clientHigh(one) === rows.clientHigh(other)
  );
}
