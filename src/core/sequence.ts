import { isId, isToken, type Persistence } from './handshake.ts';
import type { SessionReason } from './records.ts';

/** Keys in `sessionStorage`. */
export const SESSION_ID_KEY = 'ws_session_id';
export const SEQUENCE_KEY = 'ws_connection_sequence';
export const TOKEN_KEY = 'ws_reconnect_token';

/** The part of WHATWG `Storage` that the sequence needs. Each call may throw. */
export interface SequenceStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export interface Session {
  id: string;
  /** Set where looking the session up had to make it. */
  started: { reason: SessionReason; parentSessionId: string | null } | null;
}

/** What the client asks of a sequence; `defects.ts` has broken ones. */
export interface SequenceLike {
  readonly persistence: Persistence;
  readonly reconnectToken: string | null;
  session(): Session;
  fork(): Session;
  next(): number | null;
  advance(lastSeen: number): boolean;
  /** Called at each welcome. */
  remember(token: string | null): void;
}

/**
 * A session's id and its connection sequence, over `sessionStorage`. One per document; what it
 * keeps in memory only helps to tell what happened to the storage, until the storage fails.
 */
export class Sequence implements SequenceLike {
  persistence: Persistence = 'session';
  readonly #storage: SequenceStorage;
  readonly #randomUUID: () => string;
  #id: string | null = null;
  /** The last number used, as this document knows it; authoritative once storage has failed. */
  #last = 0;
  #token: string | null = null;

  constructor(storage: SequenceStorage, randomUUID: () => string) {
    this.#storage = storage;
    this.#randomUUID = randomUUID;
  }

  /** Given by the server at the session's first welcome; null before, or where it can't be read. */
  get reconnectToken(): string | null {
    if (this.persistence === 'memory') return this.#token;
    const [token] = this.#read(TOKEN_KEY) ?? [];
    return isToken(token) ? token : null;
  }

  /** The last number used; 0 for none. */
  get last(): number {
    return this.#last;
  }

  /** Looks the session up, as each document and each attempt does; makes one where it must. */
  session(): Session {
    if (this.persistence === 'memory') return this.#remembered();
    const stored = this.#read(SESSION_ID_KEY, SEQUENCE_KEY);
    if (stored === null) return this.#withoutStorage();
    const [id, number] = stored;
    const last = parseLast(number);
    if (isId(id) && last !== undefined) {
      this.#id = id;
      this.#last = last;
      return { id, started: null };
    }
    if (id !== null || number !== null) {
      return this.#start('storage-invalid', isId(id) ? id : this.#id);
    }
    return this.#start(this.#id === null ? 'new' : 'storage-cleared', this.#id);
  }

  /** A duplicated tab's own session: its copy of the storage belongs to the tab it came from. */
  fork(): Session {
    return this.#start('duplicate-tab', this.#id);
  }

  /**
   * Spends the next number: it is written before it is returned, so no crash can use it twice.
   * Call `session()` first, in the same turn. null: storage failed in a way that makes the session
   * unsafe to go on with; `session()` then has another.
   */
  next(): number | null {
    const number = this.#last + 1;
    return this.#write(number) ? number : null;
  }

  /** Jumps ahead where the server has seen more than the storage has; false where it hasn't. */
  advance(lastSeen: number): boolean {
    return lastSeen > this.#last && this.#isBehind(lastSeen) && this.#write(lastSeen);
  }

  remember(token: string | null): void {
    if (token === null || token === this.#token) return;
    this.#token = token;
    if (this.persistence === 'memory') return;
    // A token that can't be kept costs its verification; the next attempt sees to the sequence.
    this.#succeeds(() => {
      const isOurs = this.#storage.getItem(SESSION_ID_KEY) === this.#id;
      if (isOurs && this.#storage.getItem(TOKEN_KEY) !== token) {
        this.#storage.setItem(TOKEN_KEY, token);
      }
    });
  }

  #start(reason: SessionReason, parentSessionId: string | null): Session {
    let id = this.#randomUUID();
    if (this.persistence === 'session' && !this.#record(id)) {
      this.persistence = 'memory';
      // That one may be on record all the same: it is left to a later document.
      id = this.#randomUUID();
    }
    this.#id = id;
    this.#last = 0;
    this.#token = null;
    return { id, started: { reason, parentSessionId } };
  }

  /** Puts a new session on record; false where storage throws, or keeps nothing. */
  #record(id: string): boolean {
    const written = this.#succeeds(() => {
      // In this order no crash leaves an old number, or an old token, under a new id.
      this.#storage.removeItem(SEQUENCE_KEY);
      this.#storage.removeItem(TOKEN_KEY);
      this.#storage.setItem(SESSION_ID_KEY, id);
      this.#storage.setItem(SEQUENCE_KEY, '0');
    });
    return written && this.#read(SESSION_ID_KEY)?.[0] === id;
  }

  /** A session that can't be read, or can't go on, is left to a later document. */
  #withoutStorage(): Session {
    this.persistence = 'memory';
    return this.#start(this.#id === null ? 'new' : 'storage-invalid', this.#id);
  }

  /** The session as it is in memory, unless its last number is spent. */
  #remembered(): Session {
    if (this.#id === null || this.#last >= Number.MAX_SAFE_INTEGER) return this.#withoutStorage();
    return { id: this.#id, started: null };
  }

  /** Whether the session is still on record, with a lower number. */
  #isBehind(number: number): boolean {
    if (this.persistence === 'memory') return true;
    const [id, last] = this.#read(SESSION_ID_KEY, SEQUENCE_KEY) ?? [];
    return id === this.#id && (parseLast(last) ?? number) < number;
  }

  /** Makes a number the last one used; false where that leaves the session unsafe to go on with. */
  #write(number: number): boolean {
    this.#last = number;
    if (this.persistence === 'memory') return true;
    return (
      this.#succeeds(() => this.#storage.setItem(SEQUENCE_KEY, String(number))) || this.#disown()
    );
  }

  /**
   * The number on record is too low from here on. Takes it away, so that no later document goes on
   * from it; false where it may stay, and so the session has to be left to that document.
   */
  #disown(): boolean {
    this.persistence = 'memory';
    const removed = this.#succeeds(() => this.#storage.removeItem(SEQUENCE_KEY));
    if (!removed) this.#last = Number.MAX_SAFE_INTEGER;
    return removed;
  }

  /** null where storage throws. */
  #read(...keys: string[]): (string | null)[] | null {
    try {
      return keys.map((key) => this.#storage.getItem(key));
    } catch {
      return null;
    }
  }

  #succeeds(write: () => void): boolean {
    try {
      write();
      return true;
    } catch {
      return false;
    }
  }
}

/** The last number used, or undefined for anything that `next()` could not have written. */
function parseLast(text: string | null | undefined): number | undefined {
  if (typeof text !== 'string' || !/^(0|[1-9]\d{0,15})$/.test(text)) return undefined;
  const last = Number(text);
  return last < Number.MAX_SAFE_INTEGER ? last : undefined;
}
