import { isId, isToken, type Persistence } from './handshake.ts';
import type { SessionReason } from './records.ts';

/** Keys in `sessionStorage`. */
export const SESSION_ID_KEY = 'ws_session_id';
export const SEQUENCE_KEY = 'ws_connection_sequence';
export const TOKEN_KEY = 'ws_reconnect_token';
/** The document that has the session; taken away when it goes. */
export const DOCUMENT_KEY = 'ws_document_id';

/** A page may have this many frames that keep their sessions in the storage. */
const MAX_FRAMES = 100;
/** Under the key of an id: nobody's, but those behind it are still looked for. */
const FREE = '(free)';

/** Key of the nth frame of a tab; the first that comes has the plain names. */
const keyOf = (name: string, frame: number): string => (frame === 1 ? name : `${name}:${frame}`);

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
  /**
   * The session is that document's from now on. Gives the document that had it before and never said that it
   * went, or null: the page crashed, was discarded, or its browser was killed.
   */
  enter(documentId: string): string | null;
  /** That document goes. */
  leave(documentId: string): void;
}

/**
 * A session's id and its connection sequence, over `sessionStorage`. One per document; what it
 * keeps in memory only helps to tell what happened to the storage, until the storage fails.
 *
 * Frames of one tab share its storage, so each has a session of its own there, under keys of its own: a document
 * takes the first that no other document of its tab has.
 */
export class Sequence implements SequenceLike {
  persistence: Persistence = 'session';
  readonly #storage: SequenceStorage;
  readonly #randomUUID: () => string;
  readonly #isInOtherFrame: (sessionId: string) => boolean;
  /** Which of the tab's frames this is, from 1. */
  #frame = 1;
  #id: string | null = null;
  /** The last number used, as this document knows it; authoritative once storage has failed. */
  #last = 0;
  #token: string | null = null;

  /** @param isInOtherFrame whether another document of this tab, which shares the storage, has that session */
  constructor(
    storage: SequenceStorage,
    randomUUID: () => string,
    isInOtherFrame: (sessionId: string) => boolean = () => false,
  ) {
    this.#storage = storage;
    this.#randomUUID = randomUUID;
    this.#isInOtherFrame = isInOtherFrame;
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
    const stored = this.#readOwn();
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
    if (this.#id !== null) return this.#start('storage-cleared', this.#id);
    return this.#frame === 1 ? this.#start('new', null) : this.#start('frame', this.#firstId());
  }

  /** A duplicated tab's own session: its copy of the storage belongs to the tab it came from. */
  fork(): Session {
    this.#freeOthers();
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

  /**
   * The server had seen that number before this one's hello: jumps ahead to it, if it is not below the number in
   * use. false where it is below.
   */
  advance(lastSeen: number): boolean {
    if (lastSeen === this.#last) return true;
    return lastSeen > this.#last && this.#isBehind(lastSeen) && this.#write(lastSeen);
  }

  remember(token: string | null): void {
    if (token === null || token === this.#token) return;
    this.#token = token;
    if (this.persistence === 'memory') return;
    // A token that can't be kept costs its verification; the next attempt sees to the sequence.
    this.#succeeds(() => {
      const isOurs = this.#storage.getItem(this.#key(SESSION_ID_KEY)) === this.#id;
      if (isOurs && this.#storage.getItem(this.#key(TOKEN_KEY)) !== token) {
        this.#storage.setItem(this.#key(TOKEN_KEY), token);
      }
    });
  }

  enter(documentId: string): string | null {
    if (this.persistence === 'memory') return null;
    const [previous] = this.#read(DOCUMENT_KEY) ?? [];
    this.#succeeds(() => this.#storage.setItem(this.#key(DOCUMENT_KEY), documentId));
    return isId(previous) && previous !== documentId ? previous : null;
  }

  leave(documentId: string): void {
    if (this.persistence === 'memory') return;
    this.#succeeds(() => {
      const key = this.#key(DOCUMENT_KEY);
      if (this.#storage.getItem(key) === documentId) this.#storage.removeItem(key);
    });
  }

  #key(name: string): string {
    return keyOf(name, this.#frame);
  }

  /** The session's id and number on record, of the frame that this is; null where storage throws. */
  #readOwn(): readonly [id: string | null, number: string | null] | null {
    // Where another document has come to have what this one had, as after the storage was cleared, this
    // one looks for another.
    for (; this.#frame <= MAX_FRAMES; this.#frame++) {
      const stored = this.#read(SESSION_ID_KEY, SEQUENCE_KEY);
      if (stored === null) return null;
      const [id = null, number = null] = stored;
      const isTaken = isId(id) && id !== this.#id && this.#isInOtherFrame(id);
      if (!isTaken) return id === FREE ? [null, null] : [id, number];
    }
    return null;
  }

  /** The session of the tab's first frame. */
  #firstId(): string | null {
    let id: string | null = null;
    this.#succeeds(() => {
      id = this.#storage.getItem(SESSION_ID_KEY);
    });
    return isId(id) ? id : null;
  }

  /**
   * The storage is a copy, so what stands there for other frames belongs to another tab too, unless a frame of
   * this one has made it its own since.
   */
  #freeOthers(): void {
    if (this.persistence === 'memory') return;
    this.#succeeds(() => {
      for (let frame = 1; frame <= MAX_FRAMES; frame++) {
        if (frame === this.#frame) continue;
        const id = this.#storage.getItem(keyOf(SESSION_ID_KEY, frame));
        if (id === null) return;
        if (id === FREE || this.#isInOtherFrame(id)) continue;
        this.#clear(frame);
        this.#storage.setItem(keyOf(SESSION_ID_KEY, frame), FREE);
      }
    });
  }

  /** Takes away all but the id. */
  #clear(frame: number): void {
    for (const name of [SEQUENCE_KEY, TOKEN_KEY, DOCUMENT_KEY]) {
      this.#storage.removeItem(keyOf(name, frame));
    }
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
      this.#clear(this.#frame);
      this.#storage.setItem(this.#key(SESSION_ID_KEY), id);
      this.#storage.setItem(this.#key(SEQUENCE_KEY), '0');
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
      this.#succeeds(() => this.#storage.setItem(this.#key(SEQUENCE_KEY), String(number))) ||
      this.#disown()
    );
  }

  /**
   * The number on record is too low from here on. Takes it away, so that no later document goes on
   * from it; false where it may stay, and so the session has to be left to that document.
   */
  #disown(): boolean {
    this.persistence = 'memory';
    const removed = this.#succeeds(() => this.#storage.removeItem(this.#key(SEQUENCE_KEY)));
    if (!removed) this.#last = Number.MAX_SAFE_INTEGER;
    return removed;
  }

  /** Values of this frame's keys; null where storage throws. */
  #read(...names: string[]): (string | null)[] | null {
    try {
      return names.map((name) => this.#storage.getItem(this.#key(name)));
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
