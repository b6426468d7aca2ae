import { documentKey, EVENT, type Rows, UNLOAD_REASONS } from '../model/rows.ts';

const VANISHED = UNLOAD_REASONS.indexOf('vanished');

/** A page was found to have gone without a word. */
export const saysVanished = (rows: Rows, row: number): boolean =>
  rows.event(row) === EVENT.document_unloaded && rows.detail(row) === VANISHED;

/** The row shows that a page of the session had gone without a word. */
export const tellsOfVanished = (rows: Rows, row: number): boolean =>
  rows.event(row) === EVENT.sequence_advanced || saysVanished(rows, row);

/** Pages of one session that went without a word, as one client log tells: they crashed, or were discarded. */
export class Vanished {
  /** By document: the row that shows it. */
  readonly #gone = new Map<string, number>();
  /** By document: the row at which it learned that its storage was older than what the server had seen. */
  readonly #restored = new Map<string, number>();

  constructor(rows: Rows, lines: Int32Array) {
    /** Pages that have not said that they went. */
    const live = new Set<string>();
    /** Those that came behind one that vanished. */
    const successors = new Set<string>();
    let isFound = false;
    for (const row of lines) {
      if (!rows.hasDocument(row)) continue;
      const document = documentKey(rows, row);
      if (saysVanished(rows, row)) {
        isFound = true;
        this.#leave(live, row);
        continue;
      }
      // It lives after all.
      if (this.#gone.has(document)) {
        this.#gone.clear();
        this.#restored.clear();
        return;
      }
      const event = rows.event(row);
      if (event === EVENT.document_loaded) {
        if (isFound || live.size > 0) successors.add(document);
        isFound = false;
        live.add(document);
      } else if (event === EVENT.document_unloaded) {
        live.delete(document);
      } else if (event === EVENT.sequence_advanced && successors.has(document)) {
        live.delete(document);
        this.#leave(live, row);
        live.add(document);
        this.#restored.set(document, row);
      }
    }
  }

  /** The row that shows that the row's page had gone; -1 for none. */
  goneAt(rows: Rows, row: number): number {
    if (this.#gone.size === 0 || !rows.hasDocument(row)) return -1;
    return this.#gone.get(documentKey(rows, row)) ?? -1;
  }

  /**
   * The row's number was used before its page could know: a browser that was killed had brought back older
   * storage, and the server's `last_seen_sequence` told the page.
   */
  isOfOlderStorage(rows: Rows, row: number): boolean {
    if (this.#restored.size === 0 || !rows.hasDocument(row)) return false;
    const advanced = this.#restored.get(documentKey(rows, row)) ?? -1;
    return advanced >= 0 && rows.sequence(row) <= rows.sequence(advanced) && row !== advanced;
  }

  #leave(live: Set<string>, row: number): void {
    for (const document of live) this.#gone.set(document, row);
    live.clear();
  }
}
