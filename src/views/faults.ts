import type { FaultMarks } from '../model/chart-data.ts';
import type { LinePlace } from '../model/record.ts';
import { EVENT, placeOf, type Rows } from '../model/rows.ts';

const MAX_MARKS = 2000;

interface Mark {
  time: number;
  /** NaN: at once, or nothing tells of it. */
  ended: number;
  place: LinePlace;
  sessions: number;
}

/** Faults whose names are still to be looked up: one line of each. */
export type DrawnFaults = Omit<FaultMarks, 'fault' | 'names'> & { places: LinePlace[] };

/** Each occurrence of a fault, once: of several logs, from the earliest line of it to the end that is told last. */
export class FaultsFold {
  readonly #marks = new Map<number, Mark>();

  onRow(rows: Rows, row: number): void {
    const mark = this.#marks.get(rows.value(row));
    if (rows.event(row) === EVENT.fault_injected) this.#injected(rows, row, mark);
    else if (mark && rows.event(row) === EVENT.fault_ended) {
      if (!(mark.ended > rows.time(row))) mark.ended = rows.time(row);
    }
  }

  #injected(rows: Rows, row: number, mark: Mark | undefined): void {
    const hit = rows.hasSession(row) ? 1 : 0;
    if (mark) {
      mark.sessions += hit;
      if (rows.time(row) >= mark.time) return;
      mark.time = rows.time(row);
      mark.place = placeOf(rows, row);
    } else if (this.#marks.size < MAX_MARKS) {
      const place = placeOf(rows, row);
      const time = rows.time(row);
      this.#marks.set(rows.value(row), { time, ended: Number.NaN, place, sessions: hit });
    }
  }

  finish(startMs: number): DrawnFaults {
    const marks = [...this.#marks.values()].sort((one, other) => one.time - other.time);
    return {
      time_ms: marks.map(({ time }) => time - startMs),
      ended_ms: marks.map(({ ended }) => (Number.isNaN(ended) ? -1 : ended - startMs)),
      sessions: marks.map(({ sessions }) => sessions),
      places: marks.map(({ place }) => place),
    };
  }
}
