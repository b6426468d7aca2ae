import { IdTable } from '../model/id-table.ts';
import type { Rows } from '../model/rows.ts';

/** Which sessions come from which: a copied tab, cleared storage, in chains of any length. */
export class Families {
  readonly #sessions = new IdTable();
  /** By session: another one of its family, or itself. */
  #nexts = new Int32Array(16);

  /** A `session_started` row. */
  onStart(rows: Rows, row: number): void {
    if (!rows.hasClient(row) || !rows.hasSession(row)) return;
    const child = this.#indexOf(rows.sessionLow(row), rows.sessionHigh(row));
    const parent = this.#indexOf(rows.clientLow(row), rows.clientHigh(row));
    this.#nexts[this.#headOf(child)] = this.#headOf(parent);
  }

  /** Sessions by halves of their hashes, and the family of each. */
  finish(): { sessions: Int32Array; families: Int32Array } {
    const families = new Int32Array(this.#sessions.size);
    for (let session = 0; session < families.length; session++) {
      families[session] = this.#headOf(session);
    }
    return { sessions: this.#sessions.halves(), families };
  }

  #indexOf(low: number, high: number): number {
    const known = this.#sessions.size;
    const index = this.#sessions.add(low, high);
    if (index < known) return index;
    if (index === this.#nexts.length) {
      const nexts = new Int32Array(2 * index);
      nexts.set(this.#nexts);
      this.#nexts = nexts;
    }
    this.#nexts[index] = index;
    return index;
  }

  #headOf(session: number): number {
    let head = session;
    for (
      let next = this.#nexts[head] as number;
      next !== head;
      next = this.#nexts[head] as number
    ) {
      // Halves the way of who asks next.
      this.#nexts[head] = this.#nexts[next] as number;
      head = this.#nexts[head] as number;
    }
    return head;
  }
}
