import type { LinePlace } from '../../model/record.ts';
import type { Rows } from '../../model/rows.ts';

const UINT32 = 2 ** 32;

/** @param position as of rows */
export function placeAt(position: number, offset: number): LinePlace {
  const file = Math.floor(position / UINT32);
  return { file, line: position - file * UINT32, offset };
}

/** Of each of some kinds of lines, the one that stands first in the logs. */
export class FirstPlaces {
  readonly #positions: Float64Array;
  readonly #offsets: Float64Array;

  constructor(kinds: number) {
    this.#positions = new Float64Array(kinds).fill(Number.POSITIVE_INFINITY);
    this.#offsets = new Float64Array(kinds);
  }

  add(kind: number, rows: Rows, row: number): void {
    const position = rows.position(row);
    if (position >= (this.#positions[kind] as number)) return;
    this.#positions[kind] = position;
    this.#offsets[kind] = rows.offset(row);
  }

  at(kind: number): LinePlace {
    return placeAt(this.#positions[kind] as number, this.#offsets[kind] as number);
  }

  clear(): void {
    this.#positions.fill(Number.POSITIVE_INFINITY);
  }
}
