import { type Rows, sameClient } from '../model/rows.ts';
import type { Attempt, Handshake } from './attempt.ts';
import type { GivenNumbers } from './given-numbers.ts';

/** How much room a session's numbers may take for each of its lines; beyond, they are looked up in a map. */
const ROOM_A_LINE = 4;

/** Finds a session's attempts by their numbers. Those of most sessions lie close together. */
export class Numbers {
  /** By number less the lowest: the attempt's index and 1; 0 for none. */
  #places = new Int32Array(64);
  #lowest = 0;
  #size = 0;
  readonly #scattered = new Map<number, number>();
  /** Of attempts with many handshakes: these by half of the hash of their ids. */
  readonly #handshakes = new Map<Attempt, HandshakesById>();

  prepare(rows: Rows, lines: Int32Array, given: GivenNumbers | undefined): void {
    let lowest = Number.POSITIVE_INFINITY;
    let highest = 0;
    for (const row of lines) {
      const number = given === undefined ? rows.sequence(row) : given.of(row);
      if (number > highest) highest = number;
      if (number !== 0 && number < lowest) lowest = number;
    }
    const size = Number.isFinite(lowest) ? highest - lowest + 1 : 0;
    this.#size = size <= ROOM_A_LINE * lines.length ? size : 0;
    this.#lowest = lowest;
    if (this.#size > this.#places.length) this.#places = new Int32Array(2 * this.#size);
    else this.#places.fill(0, 0, this.#size);
    if (this.#scattered.size > 0) this.#scattered.clear();
    if (this.#handshakes.size > 0) this.#handshakes.clear();
  }

  /** The index of its attempt; -1 for none. */
  find(number: number): number {
    const place = number - this.#lowest;
    if (this.#size > 0)
      return place >= 0 && place < this.#size ? (this.#places[place] as number) - 1 : -1;
    return this.#scattered.get(number) ?? -1;
  }

  add(number: number, index: number): void {
    if (this.#size > 0) this.#places[number - this.#lowest] = index + 1;
    else this.#scattered.set(number, index);
  }

  /** The attempt's handshake with that row's `client_id`, where it has many. */
  handshake(attempt: Attempt, rows: Rows, row: number): Handshake | undefined {
    const { handshakes } = attempt;
    const [first] = handshakes;
    // One that names no client may be any, and comes first then.
    if (first && sameClient(rows, first.named, row)) return first;
    const known: HandshakesById = this.#handshakes.get(attempt) ?? { size: 0, byId: new Map() };
    this.#handshakes.set(attempt, known);
    for (; known.size < handshakes.length; known.size += 1) {
      const handshake = handshakes[known.size] as Handshake;
      const low = rows.clientLow(handshake.named);
      known.byId.set(low, [...(known.byId.get(low) ?? []), handshake]);
    }
    return known.byId.get(rows.clientLow(row))?.find(({ named }) => sameClient(rows, named, row));
  }
}

interface HandshakesById {
  /** How many of the attempt's are in it. */
  size: number;
  byId: Map<number, Handshake[]>;
}
