import { documentKey, EVENT, type Rows } from '../model/rows.ts';

/** A page of the session, as one client log tells of it. */
interface Page {
  /** When the browser was killed last before it came; undefined for never. */
  restoredAt: number | undefined;
  lastRow: number;
}

/**
 * What becomes of a session's pages where the fault log tells that their browser was killed, and brought back
 * older storage. Both logs are written on one machine, so their times are compared.
 */
export class Restored {
  readonly #rows: Rows;
  readonly #times: readonly number[];
  /** By document. */
  readonly #pages = new Map<string, Page>();
  /** By the time of a kill: the session's first welcome behind it. */
  readonly #welcomes = new Map<number, number>();
  /** Times of kills behind which the server told how far the session was. */
  readonly #advanced = new Set<number>();

  /** @param times of kills, in order, milliseconds since the epoch */
  constructor(rows: Rows, lines: Int32Array, times: readonly number[]) {
    this.#rows = rows;
    this.#times = times;
    for (const row of lines) {
      if (!rows.hasDocument(row)) continue;
      const key = documentKey(rows, row);
      const time = rows.time(row);
      const page = this.#pages.get(key) ?? {
        restoredAt: times.findLast((killedAt) => killedAt <= time),
        lastRow: row,
      };
      page.lastRow = row;
      this.#pages.set(key, page);
      const { restoredAt } = page;
      const isWelcome = rows.event(row) === EVENT.connection_opened;
      if (isWelcome && restoredAt !== undefined && !this.#welcomes.has(restoredAt)) {
        this.#welcomes.set(restoredAt, row);
      }
      if (rows.event(row) === EVENT.sequence_advanced && restoredAt !== undefined) {
        this.#advanced.add(restoredAt);
      }
    }
  }

  /** The row's page was there when the browser was killed, before the other row, and says nothing since. */
  wasKilledBefore(row: number, other: number): boolean {
    const page = this.#pages.get(documentKey(this.#rows, row));
    if (!page) return false;
    const [last, until] = [this.#rows.time(page.lastRow), this.#rows.time(other)];
    return this.#times.some((killedAt) => last <= killedAt && killedAt <= until);
  }

  /** The row is of a page that came behind a kill. */
  isBehind(row: number): boolean {
    return this.#pageOf(row)?.restoredAt !== undefined;
  }

  /**
   * Its number was used before the server could tell the page, or a later one, how far the session was. Where a page
   * was welcomed, and heeded nothing, the server had seen no such number, or should have been heeded.
   *
   * @param isClient the row is of a client's log
   */
  isBeforeWelcome(row: number, isClient: boolean): boolean {
    const restoredAt = this.#pageOf(row)?.restoredAt;
    if (restoredAt === undefined) return false;
    const welcome = this.#welcomes.get(restoredAt);
    if (welcome === undefined) return true;
    if (!this.#advanced.has(restoredAt)) return false;
    return isClient ? row <= welcome : this.#rows.sequence(row) <= this.#rows.sequence(welcome);
  }

  #pageOf(row: number): Page | undefined {
    if (!this.#rows.hasDocument(row)) return undefined;
    return this.#pages.get(documentKey(this.#rows, row));
  }
}
