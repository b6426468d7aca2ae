import { EVENT, type ProcessNote, Rows } from '../model/rows.ts';
import type { LogFormat } from './sources.ts';

/** Where a process of a server begins or ends, between two lines of its log. */
export interface ToldBound {
  event: 'server_started' | 'server_stopped';
  /** The last line before it; 0 where it is before the first. */
  line: number;
  isKilled: boolean;
}

/** Hands on the rows of a log, with the bounds in between as rows of their own; their times are those around them. */
export class RowsInBounds {
  readonly #bounds: readonly ToldBound[];
  readonly #file: number;
  readonly #onRow: (rows: Rows, row: number, note: ProcessNote | undefined) => void;
  readonly #span: Pick<LogFormat, 'since' | 'until'>;
  readonly #told = new Rows(1);
  #next = 0;
  #lastTime: number | undefined;

  /**
   * @param file its index in rows
   * @param span of time that is read of the log: what lies outside is not told either
   */
  constructor(
    bounds: readonly ToldBound[],
    file: number,
    span: Pick<LogFormat, 'since' | 'until'>,
    onRow: RowsInBounds['onRow'],
  ) {
    this.#bounds = bounds;
    this.#file = file;
    this.#span = span;
    this.#onRow = onRow;
  }

  onRow(rows: Rows, row: number, note: ProcessNote | undefined): void {
    // What it says of its own starts and ends, in whatever words, is said better here.
    if (isBound(rows.event(row))) return;
    const before = rows.line(row) - 1;
    if (this.#lastTime === undefined && this.#span.since !== null) this.#passOver(before);
    this.#tellUpTo(before, this.#lastTime ?? rows.time(row));
    this.#lastTime = rows.time(row);
    this.#onRow(rows, row, note);
  }

  finish(): void {
    if (this.#lastTime === undefined || this.#span.until !== null) return;
    this.#tellUpTo(Number.POSITIVE_INFINITY, this.#lastTime);
  }

  #passOver(line: number): void {
    while ((this.#bounds[this.#next]?.line ?? Number.POSITIVE_INFINITY) <= line) this.#next += 1;
  }

  #tellUpTo(line: number, time: number): void {
    for (
      let bound = this.#bounds[this.#next];
      bound && bound.line <= line;
      bound = this.#bounds[++this.#next]
    ) {
      const told = this.#told;
      told.clear(0);
      told.setEvent(0, EVENT[bound.event]);
      told.setTime(0, time);
      told.setFile(0, this.#file);
      told.setLine(0, bound.line);
      this.#onRow(told, 0, { told: { isKilled: bound.isKilled } });
    }
  }
}

const isBound = (event: number): boolean =>
  event === EVENT.server_started || event === EVENT.server_stopped;
