import { ABNORMAL_CLOSURE } from '../core/close-codes.ts';
import type { Row } from '../model/record.ts';
import { capacityFor, grown, prefetch } from '../model/session-tables.ts';
import { CHURN_SECONDS, type SessionSort, type SessionSummary } from '../model/session-view.ts';
import { firstOf } from './first-of.ts';

/** Numbers below a session's highest of which it is known whether each was seen. */
const WINDOW_BITS = 32;

/**
 * A session is eight doubles, then ten integers, then a double. They lie together, so that a row touches
 * two lines of the processor's cache, and not eighteen.
 */
const BYTES = 128;
const DOUBLES = BYTES / 8;
const INTS = BYTES / 4;

/** Places of the doubles. Times are milliseconds since the epoch. */
const LOWEST = 0;
const HIGHEST = 1;
const FIRST_SEEN = 2;
const LAST_SEEN = 3;
const CONNECTED_SECONDS = 4;
/** Milliseconds; -1 where there is none. */
const LONGEST_GAP = 5;
/** When the last connection ended; NaN where that is not known, or only by another clock. */
const ENDED = 6;
/** When the one open connection began; NaN where there are several. */
const OPENED = 7;
/** Behind the integers: when the close was that `LAST_CODE` is of. */
const CODED = 13;

/** Places of the integers, behind them. */
const CONNECTIONS = 16;
const OPEN = 17;
const NUMBERS_SEEN = 18;
/** Bit n: `HIGHEST - n` was seen. */
const WINDOW = 19;
const CHURN = 20;
const ABNORMAL_CLOSES = 21;
const FAILED = 22;
/** The stretch of the logs that its last line stood in. */
const STRETCH = 23;
const LAST_CODE = 24;
const FLAGS = 25;

const BY_CLIENT = 1;
const BY_SERVER = 2;
const GAPS_INEXACT = 4;
const LIFETIMES_KNOWN = 8;
const IN_CLIENT_LOG = 16;

/** Folds rows to a summary of each session, in memory that grows with the sessions alone. */
export class Sessions {
  /** By `Row.file`: whose log it is, and so by whose clock its times are. */
  readonly #streams: readonly number[];
  #ints = new Int32Array(0);
  #doubles = new Float64Array(0);
  #count = 0;
  #file = -1;
  #stream = -1;
  /**
   * The logs fall into stretches, by process and by clock: what was open in one is not in the next. By
   * stretch: how often the clock had changed by then.
   */
  readonly #clocks = [0];

  constructor(streams: readonly number[]) {
    this.#streams = streams;
  }

  /** The sessions that the next rows are about. */
  readonly onSessions = (sessions: Int32Array): void => prefetch(this.#ints, INTS, sessions);

  readonly onRow = (row: Row): void => {
    const { event, session } = row;
    if (row.file !== this.#file) this.#enterFile(row.file);
    if (session < 0) {
      if (event === 'server_started' || event === 'client_started') this.#nextStretch(0);
      return;
    }
    if (row.log === 'faults') return;
    if (session >= this.#count) this.#grow(session + 1);
    if (!this.#isTold(session, row)) return;
    this.#enterStretch(session);
    this.#see(session, row);
    if (event === 'connection_opened') this.#open(session, row.time);
    else if (event === 'connection_closed') this.#close(session, row);
    // A page that goes never sees its close; in mid-dial there is nothing to end.
    else if (event === 'document_unloaded' && this.#int(session, OPEN) > 0)
      this.#close(session, row);
  };

  /** Sessions that a server's or a client's log tells of. */
  get total(): number {
    let total = 0;
    for (let session = 0; session < this.#count; session++) total += Number(this.#isKnown(session));
    return total;
  }

  /** The worst sessions first, as indexes. */
  worst(sort: SessionSort, limit: number): Int32Array {
    const rank = this.#rank(sort);
    // Where what was asked for is alike, by what else a person would look at.
    const compare = (one: number, other: number) =>
      rank(other) - rank(one) ||
      this.#int(other, CONNECTIONS) - this.#int(one, CONNECTIONS) ||
      this.#int(other, FAILED) - this.#int(one, FAILED) ||
      one - other;
    return firstOf(this.#count, limit, compare, (session) => this.#isKnown(session));
  }

  summary(session: number, session_id: string): SessionSummary {
    const int = (place: number) => this.#int(session, place);
    const double = (place: number) => this.#double(session, place);
    const flags = int(FLAGS);
    const hasNumbers = int(NUMBERS_SEEN) > 0;
    const livesKnown = (flags & LIFETIMES_KNOWN) !== 0;
    return {
      session_id,
      told_by: flags & BY_SERVER ? 'server' : 'client',
      connections: int(CONNECTIONS),
      reconnects: Math.max(0, int(CONNECTIONS) - 1),
      failed_attempts: flags & IN_CLIENT_LOG ? int(FAILED) : null,
      lowest_sequence: hasNumbers ? double(LOWEST) : null,
      highest_sequence: hasNumbers ? double(HIGHEST) : null,
      gaps: this.#gaps(session),
      gaps_exact: (flags & GAPS_INEXACT) === 0,
      churn: livesKnown ? int(CHURN) : null,
      abnormal_closes: int(ABNORMAL_CLOSES),
      last_close_code: int(LAST_CODE) || null,
      first_seen: new Date(double(FIRST_SEEN)).toISOString(),
      last_seen: new Date(double(LAST_SEEN)).toISOString(),
      connected_seconds: livesKnown ? rounded(double(CONNECTED_SECONDS)) : null,
      longest_gap_seconds: double(LONGEST_GAP) < 0 ? null : rounded(double(LONGEST_GAP) / 1000),
    };
  }

  #isKnown(session: number): boolean {
    return (this.#int(session, FLAGS) & (BY_SERVER | BY_CLIENT)) !== 0;
  }

  #rank(sort: SessionSort): (session: number) => number {
    if (sort === 'gaps') return (session) => this.#gaps(session);
    if (sort === 'last') return (session) => this.#double(session, LAST_SEEN);
    const place = sort === 'churn' ? CHURN : CONNECTIONS;
    return (session) => this.#int(session, place);
  }

  #gaps(session: number): number {
    const seen = this.#int(session, NUMBERS_SEEN);
    if (seen === 0) return 0;
    const span = this.#double(session, HIGHEST) - this.#double(session, LOWEST) + 1;
    return Math.max(0, span - seen);
  }

  #enterFile(file: number): void {
    this.#file = file;
    const stream = this.#streams[file] ?? -1;
    if (stream !== this.#stream) this.#nextStretch(1);
    this.#stream = stream;
  }

  #nextStretch(clockChanges: 0 | 1): void {
    this.#clocks.push((this.#clocks.at(-1) ?? 0) + clockChanges);
  }

  /** Whether the row is of the side that tells of the session: the server, from its first line on. */
  #isTold(session: number, { log, event }: Row): boolean {
    const flags = this.#int(session, FLAGS);
    if (log === 'server') {
      if (!(flags & BY_SERVER)) this.#begin(session, BY_SERVER);
      return true;
    }
    if (!(flags & (BY_SERVER | BY_CLIENT))) this.#begin(session, BY_CLIENT);
    this.#set(session, FLAGS, this.#int(session, FLAGS) | IN_CLIENT_LOG);
    if (event === 'connection_failed') this.#add(session, FAILED, 1);
    return !(flags & BY_SERVER);
  }

  /** Begins anew, but for what only the client's log tells. */
  #begin(session: number, side: number): void {
    const failed = this.#int(session, FAILED);
    const flags = (this.#int(session, FLAGS) & IN_CLIENT_LOG) | side;
    this.#ints.fill(0, session * INTS, (session + 1) * INTS);
    this.#set(session, FAILED, failed);
    this.#set(session, FLAGS, flags);
    this.#set(session, STRETCH, this.#clocks.length - 1);
    this.#setDouble(session, FIRST_SEEN, Number.POSITIVE_INFINITY);
    this.#setDouble(session, LAST_SEEN, Number.NEGATIVE_INFINITY);
    this.#setDouble(session, LONGEST_GAP, -1);
    this.#setDouble(session, ENDED, Number.NaN);
    this.#setDouble(session, OPENED, Number.NaN);
  }

  /** What was open in an earlier stretch ended there, nobody knows when. */
  #enterStretch(session: number): void {
    const earlier = this.#int(session, STRETCH);
    const stretch = this.#clocks.length - 1;
    if (earlier === stretch) return;
    this.#set(session, STRETCH, stretch);
    const isOtherClock = this.#clocks[earlier] !== this.#clocks[stretch];
    if (isOtherClock || this.#int(session, OPEN) > 0) this.#setDouble(session, ENDED, Number.NaN);
    this.#set(session, OPEN, 0);
  }

  #see(session: number, { time, connection_sequence: number }: Row): void {
    if (time < this.#double(session, FIRST_SEEN)) this.#setDouble(session, FIRST_SEEN, time);
    if (time > this.#double(session, LAST_SEEN)) this.#setDouble(session, LAST_SEEN, time);
    if (number > 0) this.#seeNumber(session, number);
  }

  #seeNumber(session: number, number: number): void {
    const isFirst = this.#int(session, NUMBERS_SEEN) === 0;
    const above = isFirst ? WINDOW_BITS : number - this.#double(session, HIGHEST);
    const window = this.#int(session, WINDOW);
    const isBelowAll = isFirst || number < this.#double(session, LOWEST);
    if (above > 0) {
      this.#setDouble(session, HIGHEST, number);
      this.#set(session, WINDOW, above < WINDOW_BITS ? (window << above) | 1 : 1);
    } else if (-above < WINDOW_BITS) {
      const bit = 1 << -above;
      if (window & bit) return;
      this.#set(session, WINDOW, window | bit);
    } else if (!isBelowAll) {
      // Too far back to know: taken for new, so that no gap is told of that may not be one.
      this.#set(session, FLAGS, this.#int(session, FLAGS) | GAPS_INEXACT);
    }
    if (isBelowAll) this.#setDouble(session, LOWEST, number);
    this.#add(session, NUMBERS_SEEN, 1);
  }

  #open(session: number, time: number): void {
    this.#begins(session, time);
    const open = this.#int(session, OPEN);
    this.#set(session, OPEN, open + 1);
    this.#setDouble(session, OPENED, open === 0 ? time : Number.NaN);
  }

  #begins(session: number, start: number): void {
    this.#add(session, CONNECTIONS, 1);
    if (this.#int(session, OPEN) > 0) return;
    const gap = start - this.#double(session, ENDED);
    if (gap > this.#double(session, LONGEST_GAP)) this.#setDouble(session, LONGEST_GAP, gap);
  }

  #close(session: number, { time, duration_seconds, close_code }: Row): void {
    let lived = duration_seconds;
    if (this.#int(session, OPEN) > 0) {
      if (!(lived >= 0)) lived = (time - this.#double(session, OPENED)) / 1000;
      this.#add(session, OPEN, -1);
    } else {
      this.#begins(session, lived >= 0 ? time - lived * 1000 : time);
    }
    if (!(this.#double(session, ENDED) > time)) this.#setDouble(session, ENDED, time);
    if (lived >= 0) this.#lived(session, lived);
    // Logs of several servers are read one after the other, whatever happened when.
    if (close_code > 0 && time >= this.#double(session, CODED)) {
      this.#setDouble(session, CODED, time);
      this.#set(session, LAST_CODE, close_code);
    }
    if (close_code === ABNORMAL_CLOSURE) this.#add(session, ABNORMAL_CLOSES, 1);
  }

  #lived(session: number, seconds: number): void {
    this.#set(session, FLAGS, this.#int(session, FLAGS) | LIFETIMES_KNOWN);
    const sum = this.#double(session, CONNECTED_SECONDS) + seconds;
    this.#setDouble(session, CONNECTED_SECONDS, sum);
    if (seconds < CHURN_SECONDS) this.#add(session, CHURN, 1);
  }

  #int(session: number, place: number): number {
    return this.#ints[session * INTS + place] as number;
  }

  #set(session: number, place: number, value: number): void {
    this.#ints[session * INTS + place] = value;
  }

  #add(session: number, place: number, value: number): void {
    this.#ints[session * INTS + place] = this.#int(session, place) + value;
  }

  #double(session: number, place: number): number {
    return this.#doubles[session * DOUBLES + place] as number;
  }

  #setDouble(session: number, place: number, value: number): void {
    this.#doubles[session * DOUBLES + place] = value;
  }

  #grow(count: number): void {
    this.#count = count;
    if (count * INTS <= this.#ints.length) return;
    this.#ints = grown(this.#ints, capacityFor(count) * INTS);
    this.#doubles = new Float64Array(this.#ints.buffer);
  }
}

/** Sums of milliseconds, without what adding up leaves behind them. */
const rounded = (seconds: number): number => Math.round(seconds * 1e6) / 1e6;
