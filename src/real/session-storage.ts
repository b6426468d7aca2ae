/**
 * `sessionStorage` of many tabs, kept in one journal file, for Node.
 *
 * A change is in the page cache before its call returns, so it outlives the process however that
 * ends (`kill -9` too), though not a power loss or a crash of the system: nothing is synced.
 */
import { join } from 'node:path';
import { makeDirectory } from './make-directory.ts';
import {
  apply,
  type Change,
  type Contents,
  type DamageReason,
  growth,
  type Held,
  type Journal,
  load,
  type StorageDamage,
  writeJournal,
} from './storage-journal.ts';
import { lockDirectory, StorageLockedError } from './storage-lock.ts';
import {
  createWebStorage,
  QuotaExceededError,
  type StorageArea,
  type WebStorage,
} from './web-storage.ts';

export { type DamageReason, type StorageDamage, StorageLockedError, type WebStorage };

export interface SessionStorageStore {
  /**
   * The storage area of a tab, the same object each time until the tab is removed. From then on, as
   * after `close()`, a change through that object throws a DOMException `InvalidStateError`.
   */
  tab(name: string): WebStorage;
  /** Names of the tabs that hold anything, in the order in which they came to. */
  tabs(): string[];
  /**
   * Copies a tab's area, as window.open and Duplicate Tab do: all of it or, if it throws, nothing.
   *
   * @throws Error when `to` holds something already.
   */
  duplicate(from: string, to: string): WebStorage;
  /** The tab is closed: its area is gone. */
  remove(name: string): void;
  /** What was wrong with the file when it was opened; [] when sound. */
  readonly damage: readonly StorageDamage[];
  /** Compacts the journal and releases the lock. */
  close(): void;
}

/**
 * For each tab, in UTF-16 code units of keys and values together. Chromium's limit, counted as it
 * counts: 10 MiB at two bytes a unit, whatever the characters.
 */
export const QUOTA_CODE_UNITS = 5 * 1024 * 1024;

/**
 * The journal is rewritten once it is larger than twice its last compact size and this many bytes:
 * seldom, for that blocks as long as it takes (some 40 ms with 10,000 tabs).
 */
const COMPACTION_FLOOR_BYTES = 16 * 1024 * 1024;

/**
 * One process at a time may have a directory's store open; the directory is made if it isn't there.
 *
 * @throws StorageLockedError when one has, this process included.
 * @throws Error with the system's `code` when the directory can't be made, read or written.
 */
export function openSessionStorageStore(directory: string): SessionStorageStore {
  try {
    makeDirectory(directory);
    const unlock = lockDirectory(directory);
    try {
      return new Store(join(directory, 'sessions.ndjson'), unlock);
    } catch (error) {
      unlock();
      throw error;
    }
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    const message = `${directory}: cannot keep session storage here: ${error.message}`;
    throw Object.assign(new Error(message, { cause: error }), { code: error.code });
  }
}

class Store implements SessionStorageStore {
  readonly damage: readonly StorageDamage[];
  readonly #file: string;
  readonly #unlock: () => void;
  readonly #contents: Contents;
  readonly #tabs = new Map<string, { area: TabArea; storage: WebStorage }>();
  #journal: Journal;
  #compactAt = COMPACTION_FLOOR_BYTES;
  #closed = false;

  constructor(file: string, unlock: () => void) {
    const { contents, damage } = load(file);
    this.damage = damage;
    this.#file = file;
    this.#unlock = unlock;
    this.#contents = contents;
    this.#journal = writeJournal(file, contents);
  }

  tab(name: string): WebStorage {
    let tab = this.#tabs.get(name);
    if (tab === undefined) {
      const area = new TabArea(name, this.#contents, (change) => this.#commit(change));
      tab = { area, storage: createWebStorage(area) };
      this.#tabs.set(name, tab);
    }
    return tab.storage;
  }

  tabs(): string[] {
    return [...this.#contents.keys()];
  }

  duplicate(from: string, to: string): WebStorage {
    if (this.#contents.has(to)) throw new Error(`tab ${JSON.stringify(to)} already holds items`);
    if (this.#contents.has(from)) this.#commit(['copy', from, to]);
    return this.tab(to);
  }

  remove(name: string): void {
    if (this.#contents.has(name)) this.#commit(['clear', name]);
    this.#tabs.get(name)?.area.detach();
    this.#tabs.delete(name);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#compact();
    this.#journal.close();
    this.#unlock();
  }

  /** On disk first: what fails there has not happened. */
  #commit(change: Change): void {
    if (this.#closed) throw new DOMException('the store is closed', 'InvalidStateError');
    try {
      this.#journal.append(change);
    } catch (cause) {
      const message = `${this.#file}: ${cause instanceof Error ? cause.message : cause}`;
      throw new QuotaExceededError(message, cause);
    }
    apply(this.#contents, change);
    if (this.#journal.size > this.#compactAt) this.#compact();
  }

  #compact(): void {
    try {
      const journal = writeJournal(this.#file, this.#contents);
      this.#journal.close();
      this.#journal = journal;
    } catch {
      // No room for a second file, say. The journal as it stands has every change.
    }
    this.#compactAt = 2 * this.#journal.size + COMPACTION_FLOOR_BYTES;
  }
}

class TabArea implements StorageArea {
  readonly #name: string;
  readonly #contents: Contents;
  readonly #commit: (change: Change) => void;
  #detached = false;

  constructor(name: string, contents: Contents, commit: (change: Change) => void) {
    this.#name = name;
    this.#contents = contents;
    this.#commit = commit;
  }

  get items(): ReadonlyMap<string, string> {
    return this.#held.items;
  }

  set(key: string, value: string): void {
    this.#requireTab();
    const { items, units } = this.#held;
    if (items.get(key) === value) return;
    if (units + growth(items, key, value) > QUOTA_CODE_UNITS) {
      throw new QuotaExceededError(`a tab holds at most ${QUOTA_CODE_UNITS} UTF-16 code units`);
    }
    this.#commit(['set', this.#name, key, value]);
  }

  delete(key: string): void {
    this.#requireTab();
    if (this.items.has(key)) this.#commit(['delete', this.#name, key]);
  }

  clear(): void {
    this.#requireTab();
    if (this.items.size > 0) this.#commit(['clear', this.#name]);
  }

  /** A late write of a page that is gone must not land in a new tab of the same name. */
  detach(): void {
    this.#detached = true;
  }

  get #held(): Readonly<Held> {
    return (this.#detached ? undefined : this.#contents.get(this.#name)) ?? NOTHING_HELD;
  }

  #requireTab(): void {
    if (this.#detached) throw new DOMException('the tab is closed', 'InvalidStateError');
  }
}

const NOTHING_HELD: Readonly<Held> = { items: new Map(), units: 0 };
