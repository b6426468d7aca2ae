import type { FaultMarks } from '../model/chart-data.ts';
import type { LogRecord } from '../model/record.ts';

const MAX_MARKS = 2000;

interface Mark {
  time: number;
  fault: string;
  sessions: number;
}

/** Each occurrence of a fault, once. */
export class FaultsFold {
  readonly #marks = new Map<unknown, Mark>();

  onRecord({ event, time, session_id, fields }: LogRecord): void {
    if (event !== 'fault_injected' || typeof fields.fault !== 'string') return;
    const mark = this.#marks.get(fields.occurrence);
    const hit = session_id === undefined ? 0 : 1;
    if (mark) mark.sessions += hit;
    else if (this.#marks.size < MAX_MARKS) {
      this.#marks.set(fields.occurrence, { time, fault: fields.fault, sessions: hit });
    }
  }

  finish(startMs: number): FaultMarks {
    const marks = [...this.#marks.values()].sort((one, other) => one.time - other.time);
    const names = [...new Set(marks.map(({ fault }) => fault))];
    return {
      time_ms: marks.map(({ time }) => time - startMs),
      fault: marks.map(({ fault }) => names.indexOf(fault)),
      sessions: marks.map(({ sessions }) => sessions),
      names,
    };
  }
}
