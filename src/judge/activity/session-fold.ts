import { Connections } from '../../model/connections.ts';
import type { LinePlace } from '../../model/record.ts';
import { EVENT, type Rows } from '../../model/rows.ts';
import { placeOf } from '../check.ts';
import type { Facts } from '../facts.ts';
import type { Session } from '../session.ts';
import { type ActivityData, type ActivitySums, CONNECTED, DOWN, noActivity } from './activity.ts';
import { CloseCounts } from './close-counts.ts';
import { Lifetimes } from './lifetimes.ts';
import { diedBefore, LOSS_IF_BACK, lossBy, NO_LOSS } from './loss.ts';
import { secondKey } from './loss-seconds.ts';
import { GRID_STEPS, type Grid, MS_PLACES, placeOfMs, stepOf } from './scales.ts';
import { addStandouts } from './standouts.ts';
import { Tally } from './tally.ts';
import { Waves } from './waves.ts';

/** A session that is not back by then is taken for gone. */
export const GONE_MS = 300_000;
/** Connections of one session that were alive at once for less are a change-over. */
export const GHOST_MS = 1000;
/** Connections that were lost sooner, so many in a row, are flapping. */
export const FLAP_SECONDS = 1;
export const MIN_FLAPS = 3;
const MAX_LINES = 3;
/** Connections that are open at once are looked at one by one; more are a log without closes. */
const MAX_OPEN = 256;
/** Connections are put into order one by one, up to so many moves for each; then they are sorted. */
const MOVES_EACH = 4;

/** What sessions did, session by session: by the server's logs where these have the session, else the client's. */
export class SessionFold {
  readonly #facts: Facts;
  readonly #connections: Connections;
  readonly #kept = new Kept();
  #order = new Int32Array(64);
  #sums: ActivitySums = noActivity();
  #rows: Rows | undefined;
  /** Of the seconds in which many were lost, those in which the session was, as keys. */
  readonly #lostSeconds = new Set<number>();
  /** Closes of the most connections in a row that flapped. */
  #flaps: readonly number[] = NO_PLACES;
  /** Most connections of the session at once, and the most that stayed alive beside each other. */
  #atOnce = 0;
  #ghosts: readonly number[] = NO_PLACES;

  constructor(facts: Facts) {
    this.#facts = facts;
    this.#connections = new Connections(facts);
  }

  /** @param lines those of its server's logs, or of its client's, which tell of connections */
  add(session: Session, lines: Int32Array): void {
    const { rows } = session;
    const sums = this.#sums;
    const connections = this.#connections.read(rows, lines, lines === session.client);
    const { size } = connections;
    this.#rows = rows;
    if (this.#lostSeconds.size > 0) this.#lostSeconds.clear();
    this.#flaps = NO_PLACES;
    sums.sessions += 1;
    if (size === 0) return;
    sums.connections += size;
    sums.reconnects += size - 1;
    if (size - 1 > sums.reconnectsMax) sums.reconnectsMax = size - 1;
    const isOneClock = connections.stream[0] === connections.stream[size - 1];
    this.#atOnce = 0;
    this.#ghosts = NO_PLACES;
    for (let from = 0; from < size; ) {
      const to = this.#endOfStream(from);
      this.#follow(from, to, isOneClock);
      from = to;
    }
    if (this.#flaps.length >= MIN_FLAPS) this.#flapped();
    if (this.#ghosts.length > 1) this.#haunted();
    if (this.#atOnce > (sums.atOnceMax ?? 0)) sums.atOnceMax = this.#atOnce;
  }

  /** What was added. Nothing is kept. */
  take(): ActivityData {
    const sums = this.#sums;
    this.#sums = noActivity();
    const { recoveries, changes, lifetimes, closes, waves } = this.#kept;
    return {
      ...sums,
      recoveries: recoveries.take(),
      changes: changes.take(),
      lifetimes: lifetimes.take(),
      closes: closes.take(),
      waves: waves.take(),
    };
  }

  #endOfStream(from: number): number {
    const { stream, size } = this.#connections;
    let to = from + 1;
    while (to < size && stream[to] === stream[from]) to += 1;
    return to;
  }

  /** Connections by one clock. */
  #follow(from: number, to: number, isOneClock: boolean): void {
    const { started, closed, lived, process, endRow } = this.#connections;
    const rows = this.#rows as Rows;
    const order = this.#inOrder(from, to);
    const count = to - from;
    const { closes, lifetimes } = this.#kept;
    const { grid } = this.#facts;
    const of = this.#connections.stream[from] as number;
    const isOfGrid = grid?.clock === this.#facts.clockOf(of);
    let openUntil = Number.NEGATIVE_INFINITY;
    /** Of those before it, none is open any more. */
    let openFrom = 0;
    let inProcess = -1;
    let flaps = 0;
    let most = 0;
    let mostAt = 0;
    for (let at = 0; at < count; at++) {
      const place = order[at] as number;
      const start = started[place] as number;
      const end = closed[place] as number;
      if (process[place] !== inProcess) openUntil = Number.NEGATIVE_INFINITY;
      inProcess = process[place] as number;
      if (openUntil === Number.NEGATIVE_INFINITY || start >= openUntil) openFrom = at;
      if (openUntil > start) this.#meet(order, at, openFrom);
      else if (this.#atOnce === 0 && !Number.isNaN(start)) this.#atOnce = 1;
      if (isOfGrid) this.#connected(place, grid);
      const row = endRow[place] as number;
      let isFlap = false;
      if (row < 0) {
        const next = at + 1 < count ? (order[at + 1] as number) : -1;
        if (next < 0 || process[next] !== process[place]) this.#killed(place, next);
      }
      if (row >= 0 && rows.event(row) === EVENT.connection_closed) {
        closes.add(rows, row);
        const seconds = lived[place] as number;
        lifetimes.add(rows, row, lived, place);
        const loss = lossBy(rows, row);
        const isLost =
          loss !== NO_LOSS && !(openUntil > end) && this.#lost(order, at, count, loss, isOneClock);
        isFlap = isLost && seconds < FLAP_SECONDS;
      }
      flaps = isFlap ? flaps + 1 : 0;
      if (flaps > most) {
        most = flaps;
        mostAt = at;
      }
      if (!(end <= openUntil)) openUntil = Number.isNaN(end) ? Number.POSITIVE_INFINITY : end;
    }
    if (most >= MIN_FLAPS && most > this.#flaps.length) {
      this.#flaps = this.#closesUpTo(order, mostAt, most);
    }
  }

  /** The places from one to another by when they began; first those that began nobody knows when. */
  #inOrder(from: number, to: number): Int32Array {
    const { started } = this.#connections;
    if (this.#order.length < to - from) this.#order = new Int32Array(2 * (to - from));
    const order = this.#order;
    // Mostly few are out of place, if any. Where many are, to move them one by one would take forever.
    let moves = MOVES_EACH * (to - from);
    for (let place = from; place < to; place++) {
      let at = place - from;
      for (; moves > 0 && at > 0 && beganBefore(started, place, order[at - 1] as number); at--) {
        order[at] = order[at - 1] as number;
        moves -= 1;
      }
      order[at] = place;
    }
    if (moves === 0) {
      order.subarray(0, to - from).sort((one, other) => {
        if (beganBefore(started, one, other)) return -1;
        return beganBefore(started, other, one) ? 1 : one - other;
      });
    }
    return order;
  }

  #connected(place: number, grid: Grid): void {
    const { changes } = this.#kept;
    const { started, closed, process, stream } = this.#connections;
    const start = started[place] as number;
    const end = closed[place] as number;
    changes.add(CONNECTED + 2 * (Number.isNaN(start) ? 0 : stepOf(grid, start)));
    const until = Number.isNaN(end)
      ? this.#facts.endOf(stream[place] as number, process[place] as number)
      : end;
    if (until < Number.POSITIVE_INFINITY) changes.add(CONNECTED + 2 * stepOf(grid, until), -1);
  }

  /** A close that nobody meant, with no older connection open. Returns whether the session was lost with it. */
  #lost(order: Int32Array, at: number, count: number, loss: number, isOneClock: boolean): boolean {
    const { closed, started, endRow, stream } = this.#connections;
    const place = order[at] as number;
    const time = closed[place] as number;
    const next = this.#nextAfter(order, at, count, time);
    if (next === STILL_OPEN || (loss === LOSS_IF_BACK && next < 0)) return false;
    this.#sums.losses += 1;
    const ms = next < 0 ? Number.NaN : Math.max(0, (started[next] as number) - time);
    if (isOneClock && next >= 0) this.#kept.recoveries.add(placeOfMs(ms));
    this.#down(stream[place] as number, time, ms);
    if (!this.#facts.hasLossSeconds) return true;
    const key = this.#secondOf(stream[place] as number, time);
    if (!this.#isNewIn(key)) return true;
    const rows = this.#rows as Rows;
    this.#lostIn(stream[place] as number, time, placeOf(rows, endRow[place] as number));
    if (isOneClock && next >= 0) {
      this.#kept.waves.back(key, placeOf(rows, this.#rowOf(next)), ms);
    }
    return true;
  }

  /** The last connection of a process that was killed: it has no close, and how long it was lost for is not known. */
  #killed(place: number, next: number): void {
    const { stream, process, started } = this.#connections;
    const of = stream[place] as number;
    const kill = this.#facts.killOf(of, process[place] as number);
    if (!kill) return;
    this.#sums.losses += 1;
    const { time } = kill;
    this.#down(of, time, next < 0 ? Number.NaN : Math.max(0, (started[next] as number) - time));
    if (this.#isNewIn(this.#secondOf(of, time))) this.#lostIn(of, time, kill.place);
  }

  /** @param ms until it was back; NaN for never */
  #down(stream: number, time: number, ms: number): void {
    const { grid } = this.#facts;
    if (grid?.clock !== this.#facts.clockOf(stream)) return;
    const { changes } = this.#kept;
    changes.add(DOWN + 2 * stepOf(grid, time));
    const end = time + (ms < GONE_MS ? ms : GONE_MS);
    // What is gone at the end of the log is down to its end.
    if (end <= grid.from + GRID_STEPS * grid.stepMs) changes.add(DOWN + 2 * stepOf(grid, end), -1);
  }

  #secondOf(stream: number, time: number): number {
    return secondKey(this.#facts.clockOf(stream), time);
  }

  /** Whether many were lost in that second, and the session is not counted among them. */
  #isNewIn(key: number): boolean {
    return this.#facts.isLossSecond(key) && !this.#lostSeconds.has(key);
  }

  #lostIn(stream: number, time: number, lost: LinePlace): void {
    const { waves } = this.#kept;
    const key = this.#secondOf(stream, time);
    waves.lost(key, time, lost, this.#facts.stream(stream).timeUnit);
    if (this.#lostSeconds.has(key - 1)) waves.again(key);
    if (this.#lostSeconds.has(key + 1)) waves.again(key + 1);
    this.#lostSeconds.add(key);
  }

  /** The first connection that began behind that time; `STILL_OPEN` where another one was open then; -1 for none. */
  #nextAfter(order: Int32Array, at: number, count: number, time: number): number {
    const { started, closed, process } = this.#connections;
    const inProcess = process[order[at] as number];
    for (let later = at + 1; later < count; later++) {
      const place = order[later] as number;
      const start = started[place] as number;
      // Mostly it is clear without.
      if (start >= time || !(start + this.#slackOf(place) < time)) return place;
      const isOpen = Number.isNaN(closed[place]) || (closed[place] as number) > time;
      if (isOpen && process[place] === inProcess) return STILL_OPEN;
    }
    return -1;
  }

  #closesUpTo(order: Int32Array, at: number, count: number): number[] {
    const { endRow } = this.#connections;
    return [...order.subarray(at + 1 - count, at + 1)].map((place) => endRow[place] as number);
  }

  #flapped(): void {
    const rows = this.#rows as Rows;
    const codes = new Map<number, number>();
    for (const row of this.#flaps) codes.set(rows.code(row), (codes.get(rows.code(row)) ?? 0) + 1);
    addStandouts(this.#sums.flapping, {
      sessions: 1,
      most: this.#flaps.length,
      lines: this.#flaps.slice(0, MAX_LINES).map((row) => placeOf(rows, row)),
      codes: [...codes],
    });
  }

  /** Counts the older connections that are open when one begins, and those that stay alive beside it. */
  #meet(order: Int32Array, at: number, openFrom: number): void {
    const { started, closed } = this.#connections;
    const place = order[at] as number;
    const start = (started[place] as number) + this.#slackOf(place);
    const isAlive = this.#aliveUntil(place) >= start + GHOST_MS;
    let open = 1;
    let alive = 1;
    for (let older = Math.max(openFrom, at - MAX_OPEN); older < at; older++) {
      const other = order[older] as number;
      if ((closed[other] as number) <= start) continue;
      open += 1;
      if (this.#aliveUntil(other) >= start + GHOST_MS) alive += 1;
    }
    if (open > this.#atOnce) this.#atOnce = open;
    if (isAlive && alive > Math.max(1, this.#ghosts.length))
      this.#ghosts = this.#beside(order, at, start);
  }

  /** The connections that stay alive beside one, and that one. */
  #beside(order: Int32Array, at: number, start: number): number[] {
    const { process } = this.#connections;
    const place = order[at] as number;
    const stays = (other: number) =>
      process[other] === process[place] && this.#aliveUntil(other) >= start + GHOST_MS;
    return [...order.subarray(Math.max(0, at - MAX_OPEN), at)].filter(stays).concat(place);
  }

  /** The line that tells of a connection: its open or, where the log has none, its close. */
  #rowOf(place: number): number {
    const { openRow, endRow } = this.#connections;
    const opened = openRow[place] as number;
    return opened >= 0 ? opened : (endRow[place] as number);
  }

  #haunted(): void {
    const rows = this.#rows as Rows;
    const lines = this.#ghosts.slice(-MAX_LINES).map((place) => placeOf(rows, this.#rowOf(place)));
    addStandouts(this.#sums.ghosts, { sessions: 1, most: this.#ghosts.length, lines, codes: [] });
  }

  /** Starts that are reckoned from closes are no more precise than these. */
  #slackOf(place: number): number {
    const { openRow, stream } = this.#connections;
    const isTold = (openRow[place] as number) >= 0;
    return isTold ? 0 : this.#facts.startPrecisionMs(stream[place] as number);
  }

  /** What is known of how long it was alive, by its clock. */
  #aliveUntil(place: number): number {
    const { closed, started, endRow, process, stream } = this.#connections;
    const rows = this.#rows as Rows;
    const row = endRow[place] as number;
    if (row >= 0)
      return diedBefore(rows, row) ? (started[place] as number) : (closed[place] as number);
    const of = stream[place] as number;
    // A log that tells of no ends tells of nothing that is alive.
    if (this.#facts.stream(of).closed === 0) return started[place] as number;
    const end = this.#facts.endOf(of, process[place] as number);
    return end < Number.POSITIVE_INFINITY ? end : this.#facts.stream(of).last;
  }
}

/** One that began nobody knows when may have begun before all others. */
const beganBefore = (started: Float64Array, one: number, other: number): boolean =>
  (started[one] as number) < (started[other] as number) ||
  (Number.isNaN(started[one]) && !Number.isNaN(started[other]));

const STILL_OPEN = -2;
const NO_PLACES: readonly number[] = [];

/** What takes much memory: one for all that a thread looks at. */
class Kept {
  readonly recoveries = new Tally(MS_PLACES);
  readonly changes = new Tally(2 * GRID_STEPS);
  readonly lifetimes = new Lifetimes();
  readonly closes = new CloseCounts();
  readonly waves = new Waves();
}
