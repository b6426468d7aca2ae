import type { LogName } from '../core/records.ts';
import type { Row } from '../model/record.ts';

/**
 * From the earliest line to the latest of all servers' logs; of the clients' where there are none of those,
 * for the clocks of the two are not compared.
 */
export class Span {
  #log: LogName | undefined;
  #first = Number.POSITIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;

  /** The servers' rows come first. */
  add({ log, time }: Pick<Row, 'log' | 'time'>): void {
    this.#log ??= log;
    if (log !== this.#log) return;
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
