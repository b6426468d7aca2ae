import { isId, type Persistence } from './handshake.ts';
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

  /** Given by the server at the session's first welcome; null before. */
  get reconnectToken(): string | null {
    return this.persistence === 'memory'
      ? this.#token
      : this.#attempt(() => this.#storage.getItem(TOKEN_KEY), null);
  }

  /** The last number used; 0 for none. */
  get last(): number {
    return this.#last;
  }

  /** Looks the session up, as each document and each attempt does; makes one where it must. */
  session(): Session {
    if (this.persistence === 'memory' && this.#id !== null) return { id: this.#id, started: null };
    const [id, number] = this.#attempt(
      () => [this.#storage.getItem(SESSION_ID_KEY), this.#storage.getItem(SEQUENCE_KEY)],
      [null, null],
    );
    if (this.persistence === 'memory') return this.#withoutStorage();
    const last = parseLast(number);
    if (isId(id) && last !== undefined) {
      this.#id = id;
      this.#last = last;
      return { id, started: null };
    }
    if (id !== null || number !== null) return this.#start('storage-invalid', isId(id) ? id : null);
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
    this.#write(this.#last + 1);
    return this.#id === null ? null : this.#last;
  }

  /** Jumps ahead where the server has seen more than the storage has; false where it hasn't. */
  advance(lastSeen: number): boolean {
    if (lastSeen <= this.#last) return false;
    this.#write(lastSeen);
    return true;
  }

  remember(token: string | null): void {
    if (token === null || token === this.#token) return;
    this.#token = token;
    if (this.persistence === 'memory') return;
    // A token that can't be kept costs its verification, not the sequence.
    try {
      if (this.#storage.getItem(TOKEN_KEY) !== token) this.#storage.setItem(TOKEN_KEY, token);
    } catch {
      // The next attempt finds out whether the sequence can be kept.
    }
  }

  #start(reason: SessionReason, parentSessionId: string | null): Session {
    const id = this.#randomUUID();
    this.#id = id;
    this.#last = 0;
    this.#token = null;
    if (this.persistence === 'session') {
      // In this order no crash leaves an old number, or an old token, under a new id.
      this.#attempt(() => {
        this.#storage.removeItem(SEQUENCE_KEY);
        this.#storage.removeItem(TOKEN_KEY);
        this.#storage.setItem(SESSION_ID_KEY, id);
        this.#storage.setItem(SEQUENCE_KEY, '0');
      }, undefined);
    }
    return { id, started: { reason, parentSessionId } };
  }

  /** Storage can't be read: go on in memory where the session is known, else begin one there. */
  #withoutStorage(): Session {
    return this.#id === null ? this.#start('new', null) : { id: this.#id, started: null };
  }

  #write(number: number): void {
    this.#last = number;
    if (this.persistence === 'memory') return;
    const written = this.#attempt(() => {
      this.#storage.setItem(SEQUENCE_KEY, String(number));
      return true;
    }, false);
    if (!written && !this.#disown()) this.#id = null;
  }

  /**
   * The number on record is now too low. Takes it away, so that no later document goes on from it;
   * false where it can still be read, and so used again.
   */
  #disown(): boolean {
    try {
      this.#storage.removeItem(SEQUENCE_KEY);
      return true;
    } catch {
      return this.#attempt(() => this.#storage.getItem(SEQUENCE_KEY), null) === null;
    }
  }

  #attempt<T>(access: () => T, otherwise: T): T {
    try {
      return access();
    } catch {
      this.persistence = 'memory';
      return otherwise;
    }
  }
}

/** The last number used, or undefined for anything that `next()` could not have written. */
function parseLast(text: string | null): number | undefined {
  if (text === null || !/^(0|[1-9]\d{0,15})$/.test(text)) return undefined;
  const last = Number(text);
  return last < Number.MAX_SAFE_INTEGER ? last : undefined;
}
