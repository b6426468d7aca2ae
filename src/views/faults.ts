import type { FaultMarks } from '../model/chart-data.ts';
import type { LinePlace } from '../model/record.ts';
import { EVENT, type Rows } from '../model/rows.ts';

const MAX_MARKS = 2000;

interface Mark {
  time: number;
  place: LinePlace;
  sessions: number;
}

/** Faults whose names are still to be looked up: one line of each. */
export type DrawnFaults = Omit<FaultMarks, 'fault' | 'names'> & { places: LinePlace[] };

/** Each occurrence of a fault, once. */
export class FaultsFold {
  readonly #marks = new Map<number, Mark>();

  onRow(rows: Rows, row: number): void {
    if (rows.event(row) !== EVENT.fault_injected) return;
    const mark = this.#marks.get(rows.value(row));
    const hit = rows.hasSession(row) ? 1 : 0;
    if (mark) mark.sessions += hit;
    else if (this.#marks.size < MAX_MARKS) {
      const place = { file: rows.file(row), line: rows.line(row), offset: rows.offset(row) };
      this.#marks.set(rows.value(row), { time: rows.time(row), place, sessions: hit });
    }
  }

  finish(startMs: number): DrawnFaults {
    const marks = [...this.#marks.values()].sort((one, other) => one.time - other.time);
    return {
      time_ms: marks.map(({ time }) => time - startMs),
      sessions: marks.map(({ sessions }) => sessions),
      places: marks.map(({ place }) => place),
    };
  }
}
