import type { LogName } from '../core/records.ts';
import type { Rows } from '../model/rows.ts';

/**
 * From the earliest line to the latest of all servers' logs; of the clients' where there are none of those,
 * for the clocks of the two are not compared.
 */
export class Span {
  readonly #logOf: readonly LogName[];
  #log: LogName | undefined;
  #first = Number.POSITIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;

  /** @param logOf by a row's file */
  constructor(logOf: readonly LogName[]) {
    this.#logOf = logOf;
  }

  /** The servers' rows come first. */
  add(rows: Rows, row: number): void {
    const log = this.#logOf[rows.file(row)];
    this.#log ??= log;
    if (log !== this.#log) return;
    const time = rows.time(row);
    if (time < this.#first) this.#first = time;
    if (time > this.#last) this.#last = time;
  }

  /** ISO 8601, UTC. */
  get startedAt(): string | null {
    return this.#log === undefined ? null : new Date(this.#first).toISOString();
  }

  get seconds(): number | null {
    return this.#log === undefined ? null : (this.#last - this.#first) / 1000;
  }
}
