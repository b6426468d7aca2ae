import type { LinePlace } from '../../model/record.ts';
import type { Rows } from '../../model/rows.ts';
import { FirstPlaces } from './first-places.ts';
import { isSuperseded } from './loss.ts';
import { first } from './waves.ts';

/** How often connections ended in one way, and the first line that says so. */
export interface CloseCount {
  /** A close code; 0 for none, `BY_SUCCESSOR` for what a newer connection of its session replaced. */
  code: number;
  count: number;
  place: LinePlace;
}

export const BY_SUCCESSOR = 1;

const CODES = 5000;

/** How connections ended. */
export class CloseCounts {
  readonly #counts = new Int32Array(CODES);
  readonly #places = new FirstPlaces(CODES);

  add(rows: Rows, closed: number): void {
    const code = isSuperseded(rows, closed) ? BY_SUCCESSOR : rows.code(closed);
    if (code >= CODES) return;
    (this.#counts[code] as number)++;
    this.#places.add(code, rows, closed);
  }

  /** Nothing is kept. */
  take(): CloseCount[] {
    const taken: CloseCount[] = [];
    this.#counts.forEach((count, code) => {
      if (count > 0) taken.push({ code, count, place: this.#places.at(code) });
    });
    this.#counts.fill(0);
    this.#places.clear();
    return taken;
  }
}

export function addCloses(counts: CloseCount[], added: readonly CloseCount[]): void {
  for (const one of added) {
    const known = counts.find(({ code }) => code === one.code);
    if (!known) counts.push({ ...one });
    else {
      known.count += one.count;
      known.place = first(known.place, one.place) as LinePlace;
    }
  }
}
