import { ENDS, type Lanes } from '../model/chart-data.ts';
import { IdTable } from '../model/id-table.ts';
import type { LinePlace } from '../model/record.ts';
import { placeOf, type Rows } from '../model/rows.ts';

/** Lanes whose sessions are still to be named. */
export type DrawnLanes = Omit<Lanes, 'session_id' | 'failure' | 'failures'> & {
  places: LinePlace[];
  /** Lines that say why attempts failed. */
  failed: LinePlace[];
};

/** Times are milliseconds since the epoch; NaN is what the log does not tell. */
export interface LaneConnection {
  sequence: number;
  attempted: number;
  opened: number;
  ended: number;
  end: number;
  /** The line that says why it failed. */
  failed?: LinePlace;
}

export interface Lane {
  /** A line of the session, and whether it names it. */
  place: LinePlace;
  isNamed: boolean;
  /** Halves of the hash of its id. */
  low: number;
  high: number;
  connections: LaneConnection[];
  /** Left out, because there were too many. */
  undrawn: number;
  /** Attempts that failed, and connections that closed. */
  troubles: number;
  /** The run ended around an open tab that was not connected. */
  lost: boolean;
  /** Connections that are open. */
  open: number;
}

const MAX_LANES = 10_000;
const MAX_CONNECTIONS = 200_000;
const MAX_CONNECTIONS_OF_LANE = 2000;

/** Sessions and their connections, the worst in full: memory grows with sessions, not with lines. */
export class LanesFold {
  readonly #sessions = new IdTable();
  readonly #lanes: Lane[] = [];
  readonly #first: IdTable;
  #connections = 0;
  #pruneAt = 2 * MAX_CONNECTIONS;

  /** @param first sessions that are the worst, whatever befell the others */
  constructor(first: IdTable) {
    this.#first = first;
  }

  get sessions(): number {
    return this.#lanes.length;
  }

  of(rows: Rows, row: number): Lane {
    const [low, high] = [rows.sessionLow(row), rows.sessionHigh(row)];
    const index = this.#sessions.add(low, high);
    const known = this.#lanes[index];
    if (known?.isNamed) return known;
    const place = placeOf(rows, row);
    const isNamed = !rows.isNamedElsewhere(row);
    if (known) return Object.assign(known, isNamed && { place, isNamed });
    const none = { connections: [], undrawn: 0, troubles: 0, lost: false, open: 0 };
    const lane: Lane = { place, isNamed, low, high, ...none };
    this.#lanes.push(lane);
    return lane;
  }

  add(lane: Lane, sequence: number, known: Partial<LaneConnection>): LaneConnection {
    const untold = { attempted: Number.NaN, opened: Number.NaN, ended: Number.NaN };
    const connection = { sequence, ...untold, end: ENDS.untold, ...known };
    if (lane.connections.length >= MAX_CONNECTIONS_OF_LANE) this.#forget(lane);
    lane.connections.push(connection);
    this.#connections += 1;
    if (this.#connections > this.#pruneAt) this.#prune();
    return connection;
  }

  finish(startMs: number): DrawnLanes {
    const lanes = this.#drawn();
    const connections = lanes.flatMap((lane) => lane.connections);
    const time = (pick: (connection: LaneConnection) => number) =>
      connections.map((connection) => {
        const at = pick(connection);
        return Number.isNaN(at) ? -1 : Math.max(0, Math.round(at - startMs));
      });
    return {
      places: lanes.map(({ place }) => place),
      lost: lanes.map(({ lost }) => lost),
      undrawn: lanes.map(({ undrawn }) => undrawn),
      size: lanes.map((lane) => lane.connections.length),
      connection_sequence: connections.map(({ sequence }) => sequence),
      attempted_ms: time(({ attempted }) => attempted),
      opened_ms: time(({ opened }) => opened),
      ended_ms: time(({ ended }) => ended),
      end: connections.map(({ end }) => end),
      failed: connections.flatMap(({ failed }) => failed ?? []),
    };
  }

  /** Forgets the connections of all but the worst lanes. */
  #prune(): void {
    const kept = new Set(this.#drawn());
    for (const lane of this.#lanes) if (!kept.has(lane)) this.#forget(lane);
    // What is open stays, so there may be no fewer than before.
    this.#pruneAt = 2 * Math.max(MAX_CONNECTIONS, this.#connections);
  }

  /** The worst lanes, as many as there is room for. */
  #drawn(): Lane[] {
    let connections = 0;
    return this.#worstFirst()
      .filter((lane) => lane.connections.length > 0)
      .slice(0, MAX_LANES)
      .filter((lane) => {
        connections += lane.connections.length;
        return connections <= MAX_CONNECTIONS;
      });
  }

  /** Its connections so far; those to come are drawn again. */
  #forget(lane: Lane): void {
    const open = lane.connections.filter(({ ended }) => Number.isNaN(ended));
    const left = open.length < MAX_CONNECTIONS_OF_LANE ? open : [];
    const forgotten = lane.connections.length - left.length;
    this.#connections -= forgotten;
    lane.undrawn += forgotten;
    lane.connections = left;
  }

  #worstFirst(): Lane[] {
    const isFirst = ({ low, high }: Lane) => Number(this.#first.has(low, high));
    return this.#lanes.toSorted(
      (one, other) =>
        isFirst(other) - isFirst(one) ||
        Number(other.lost) - Number(one.lost) ||
        other.troubles - one.troubles,
    );
  }
}
