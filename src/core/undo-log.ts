import type { TabStorage } from './tab.ts';

interface Undo {
  atMs: number;
  key: string;
  /** null: there was none. */
  previous: string | null;
}

/** A storage area that can be put back to what it was, for browsers that bring back an older state. */
export class UndoLog implements TabStorage {
  readonly #storage: TabStorage;
  readonly #now: () => number;
  readonly #keepsMs: number;
  readonly #keys = new Set<string>();
  #undos: Undo[] = [];

  /** @param keepsMs how far back it can go */
  constructor(storage: TabStorage, now: () => number, keepsMs: number) {
    this.#storage = storage;
    this.#now = now;
    this.#keepsMs = keepsMs;
  }

  getItem(key: string): string | null {
    return this.#storage.getItem(key);
  }

  setItem(key: string, value: string): void {
    this.#note(key);
    this.#storage.setItem(key, value);
  }

  removeItem(key: string): void {
    this.#note(key);
    this.#storage.removeItem(key);
  }

  clear(): void {
    for (const key of this.#keys) this.#note(key);
    this.#storage.clear();
  }

  /** As it was `agoMs` ago. */
  putBack(agoMs: number): void {
    const untilMs = this.#now() - agoMs;
    for (let undo = this.#undos.at(-1); undo && undo.atMs > untilMs; undo = this.#undos.at(-1)) {
      this.#undos.pop();
      if (undo.previous === null) this.#storage.removeItem(undo.key);
      else this.#storage.setItem(undo.key, undo.previous);
    }
  }

  /** Runs it, and takes back what it has written. */
  takeBack(run: () => void): void {
    const before = this.#undos;
    this.#undos = [];
    run();
    this.putBack(Number.POSITIVE_INFINITY);
    this.#undos = before;
  }

  #note(key: string): void {
    const atMs = this.#now();
    this.#keys.add(key);
    this.#undos.push({ atMs, key, previous: this.#storage.getItem(key) });
    const oldest = this.#undos[this.#undos.length >> 1];
    // Half of it is older than anybody can go back to.
    if (oldest && oldest.atMs < atMs - this.#keepsMs) {
      this.#undos = this.#undos.slice(this.#undos.length >> 1);
    }
  }
}
