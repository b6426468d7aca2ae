import { documentKey, EVENT, FAULT_BITS, type Rows, UNLOAD_REASONS, YES } from '../model/rows.ts';

const VANISHED = UNLOAD_REASONS.indexOf('vanished');

/** A page was found to have gone without a word. */
export const saysVanished = (rows: Rows, row: number): boolean =>
  rows.event(row) === EVENT.document_unloaded && rows.detail(row) === VANISHED;

/** A fault: the browser was killed, and brought back older storage. */
export const saysRestored = (rows: Rows, row: number): boolean =>
  rows.event(row) === EVENT.fault_injected && rows.clean(row) === YES;

/** A fault: the page may have gone without a word. */
export const takesPage = (rows: Rows, row: number): boolean =>
  rows.event(row) === EVENT.fault_injected && (rows.detail(row) & FAULT_BITS.takes_page) !== 0;

/** The row shows that a page of the session had gone without a word. */
export const tellsOfVanished = (rows: Rows, row: number): boolean =>
  rows.event(row) === EVENT.sequence_advanced || saysVanished(rows, row) || takesPage(rows, row);

/** It begins something that a page has under way until it ends. */
const isBeginning = (event: number): boolean =>
  event === EVENT.connection_attempt || event === EVENT.connection_opened;

/** Pages of one session that went without a word, as one client log tells: they crashed, or were discarded. */
export class Vanished {
  /** By document: the row that shows it. */
  readonly #gone = new Map<string, number>();
  /** By document: the row at which its session learned that its storage was older than what the server had seen. */
  readonly #restored = new Map<string, number>();
  /** By document: the number that it used last. */
  readonly #latest = new Map<string, number>();
  readonly #known = new Set<string>();
  /** Pages that have not said that they went. */
  readonly #live = new Set<string>();

  constructor(rows: Rows, lines: Int32Array) {
    /** Those that came behind one that vanished, until the first of them that is welcomed. */
    const heirs = new Set<string>();
    let isFound = false;
    let welcomed: string | undefined;
    for (const row of lines) {
      if (!rows.hasDocument(row)) continue;
      const document = documentKey(rows, row);
      if (saysVanished(rows, row)) {
        // Where all pages said that they went, the storage is older for another reason: a bug.
        isFound ||= this.#live.size > 0;
        this.#onVanished(document, row);
        continue;
      }
      // It lives after all.
      if (this.#gone.has(document)) {
        this.#gone.clear();
        this.#restored.clear();
        return;
      }
      this.#known.add(document);
      const event = rows.event(row);
      if (isBeginning(event)) this.#latest.set(document, rows.sequence(row));
      if (welcomed !== undefined && event !== EVENT.sequence_advanced && heirs.has(welcomed)) {
        // The server told of nothing newer, so no storage is older; nor is it shown that another page has gone.
        heirs.clear();
        this.#live.clear();
        this.#live.add(welcomed);
      }
      welcomed = event === EVENT.connection_opened ? document : undefined;
      if (event === EVENT.document_loaded) {
        // It may have begun its session before, and comes behind nobody by that.
        const others = this.#live.size - Number(this.#live.has(document));
        if (isFound || others > 0 || heirs.size > 0) heirs.add(document);
        isFound = false;
        this.#live.add(document);
      } else if (event === EVENT.session_started) {
        this.#live.add(document);
      } else if (event === EVENT.document_unloaded) {
        this.#live.delete(document);
      } else if (event === EVENT.sequence_advanced && heirs.has(document)) {
        this.#live.delete(document);
        this.#leave(row);
        this.#live.add(document);
        for (const heir of heirs) this.#restored.set(heir, row);
        heirs.clear();
      }
    }
  }

  /** The row that shows that the row's page had gone; -1 for none. */
  goneAt(rows: Rows, row: number): number {
    if (this.#gone.size === 0 || !rows.hasDocument(row)) return -1;
    return this.#gone.get(documentKey(rows, row)) ?? -1;
  }

  /** The row that shows that what the row begins ended with its page, which had nothing newer under way; -1 for none. */
  endOf(rows: Rows, row: number): number {
    const isLatest = this.#latest.get(documentKey(rows, row)) === rows.sequence(row);
    return isLatest ? this.goneAt(rows, row) : -1;
  }

  /**
   * The row's number was used before its page could know: a browser that was killed had brought back older
   * storage, and the server's `last_seen_sequence` told the page, or the one behind it.
   *
   * @param isClient the row is of a client's log, as the one is that tells of it
   */
  isOfOlderStorage(rows: Rows, row: number, isClient: boolean): boolean {
    if (this.#restored.size === 0 || !rows.hasDocument(row)) return false;
    const advanced = this.#restored.get(documentKey(rows, row)) ?? -1;
    if (advanced < 0 || rows.sequence(row) > rows.sequence(advanced)) return false;
    return !isClient || row < advanced;
  }

  /** A storage that is older than the page that vanished names one that was there before. */
  #onVanished(document: string, row: number): void {
    if (this.#live.delete(document)) this.#gone.set(document, row);
    else if (this.#known.has(document)) this.#leave(row);
  }

  #leave(row: number): void {
    for (const document of this.#live) this.#gone.set(document, row);
    this.#live.clear();
  }
}
