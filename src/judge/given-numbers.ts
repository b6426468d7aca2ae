import { EVENT, type Rows } from '../model/rows.ts';
import type { Facts } from './facts.ts';
import { isOfConnection } from './sequence-missing.ts';

/** The connections that go by one `client_id`, one after the other, and where the log at hand is among them. */
interface Uses {
  numbers: number[];
  at: number;
  stream: number;
  isOpened: boolean;
  hasEnded: boolean;
}

/**
 * Numbers for rows of logs that have none, so that they are joined as others are: what another log of the session
 * has for the `client_id`, or one below 0 for each connection. A `client_id` that is opened again is a new connection's.
 */
export class GivenNumbers {
  readonly #facts: Facts;
  readonly #byClient = new Map<number, Uses>();
  #numbers = new Float64Array(0);
  #lowest = 0;

  constructor(facts: Facts) {
    this.#facts = facts;
  }

  prepare(rows: Rows, lines: Int32Array): void {
    if (this.#numbers.length < rows.capacity) this.#numbers = new Float64Array(rows.capacity);
    this.#byClient.clear();
    this.#lowest = 0;
    for (const row of lines) this.#note(rows, row);
    for (const row of lines)
      if (rows.sequence(row) === 0) this.#numbers[row] = this.#give(rows, row);
  }

  /** The row's own, or the one that it was given; 0 where it has neither. */
  of(row: number): number {
    return this.#numbers[row] as number;
  }

  #note(rows: Rows, row: number): void {
    const number = rows.sequence(row);
    this.#numbers[row] = number;
    if (number === 0 || !rows.hasClient(row) || !isOfConnection(rows, row)) return;
    const { numbers } = this.#usesOf(rows, row);
    if (!numbers.includes(number)) numbers.push(number);
  }

  #give(rows: Rows, row: number): number {
    const stream = this.#facts.streamOf(rows, row);
    if (!rows.hasClient(row) || this.#facts.isNumbered(stream) || !isOfConnection(rows, row))
      return 0;
    const uses = this.#usesOf(rows, row);
    if (uses.stream !== stream)
      Object.assign(uses, { at: 0, stream, isOpened: false, hasEnded: false });
    const isOpen = rows.event(row) === EVENT.connection_opened;
    const isAnother = isOpen
      ? uses.isOpened || uses.hasEnded
      : uses.hasEnded && !this.#facts.stream(stream).opens;
    if (isAnother) Object.assign(uses, { at: uses.at + 1, isOpened: false, hasEnded: false });
    if (isOpen) uses.isOpened = true;
    else uses.hasEnded = true;
    uses.numbers[uses.at] ??= --this.#lowest;
    return uses.numbers[uses.at] as number;
  }

  #usesOf(rows: Rows, row: number): Uses {
    const key = rows.clientLow(row) * 2 ** 21 + (rows.clientHigh(row) >>> 11);
    const known = this.#byClient.get(key);
    if (known) return known;
    const uses = { numbers: [], at: 0, stream: -1, isOpened: false, hasEnded: false };
    this.#byClient.set(key, uses);
    return uses;
  }
}
