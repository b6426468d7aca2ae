import type { Row } from '../core/records.ts';

/** From the first line to the last, by the first log's clock: clocks are not compared. */
export class Span {
  #stream = -1;
  #first = 0;
  #last = 0;

  add({ stream, time }: Row): void {
    if (this.#stream === -1) {
      this.#stream = stream;
      this.#first = time;
    }
    if (stream === this.#stream && time > this.#last) this.#last = time;
  }

  /** ISO 8601, UTC. */
  get startedAt(): string | null {
    return this.#stream === -1 ? null : new Date(this.#first).toISOString();
  }

  get seconds(): number | null {
    return this.#stream === -1 ? null : (this.#last - this.#first) / 1000;
  }
}
