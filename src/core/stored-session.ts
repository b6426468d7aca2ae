import { attempted } from './attempted.ts';
import { isId, isSequence, isToken, type Persistence } from './handshake.ts';

/** Keys in `sessionStorage`. */
export const SESSION_ID_KEY = 'ws_session_id';
export const SEQUENCE_KEY = 'ws_connection_sequence';
export const TOKEN_KEY = 'ws_reconnect_token';
/** The document that has the session; taken away when it goes. */
export const DOCUMENT_KEY = 'ws_document_id';

/** In the order in which they are taken away: no crash leaves an old number, or an old token, under a new id. */
const ALL_KEYS = [SEQUENCE_KEY, TOKEN_KEY, DOCUMENT_KEY, SESSION_ID_KEY];

/** A copied storage is searched for the sessions of so many frames. */
const MAX_FRAMES = 100;

/** The part of WHATWG `Storage` that the sequence needs. Each call may throw. */
export interface SequenceStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/**
 * A session's id, its connection sequence and its token, over `sessionStorage`. One per document; what it keeps in
 * memory only helps to tell what happened to the storage, until the storage fails.
 *
 * Frames of one tab share its storage, so each has a session of its own there, under keys of its own: a document
 * takes the first that no other document of its tab has.
 *
 * @typeParam Why what is told of a session that was made
 */
export class StoredSession<Why = true> {
  /** The session that this document has looked up last. */
  protected id: string | null = null;
  /** The last number used, as this document knows it; 0 for none. */
  last = 0;
  /** Which of the tab's frames this is, from 1. */
  protected frame = 1;
  readonly #storage: SequenceStorage;
  readonly #randomUUID: () => string;
  readonly #isInOtherFrame: (sessionId: string) => boolean;
  /** What there is instead of the storage, once that has failed. */
  #memory: Record<string, string | null> | null = null;

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

  get persistence(): Persistence {
    return this.#memory ? 'memory' : 'session';
  }

  /** Given by the server at the session's first welcome; null before, or where it can't be read. */
  get reconnectToken(): string | null {
    const token = this.get(TOKEN_KEY);
    return isToken(token) ? token : null;
  }

  /** Looks the session up, as each document and each attempt does; makes one where it must. */
  session(): { id: string; started: Why | null } {
    const id = this.get(SESSION_ID_KEY);
    // Where another document has come to have what this one had, as after the storage was cleared, this
    // one looks for another.
    if (id && id !== this.id && this.#isInOtherFrame(id)) {
      this.frame += 1;
      return this.session();
    }
    const number = this.get(SEQUENCE_KEY);
    const last = parseLast(number);
    if (isId(id) && last >= 0) {
      this.id = id;
      this.last = last;
      return { id, started: null };
    }
    // A session that can't be read is left to a later document.
    if (number === undefined) this.#memory = {};
    return this.#start(this.why(id, number));
  }

  /**
   * A duplicated tab's own session: its copy of the storage belongs to the tab it came from, and so does what stands
   * there for other frames, unless a frame of this tab has made it its own since.
   */
  fork(): { id: string; started: Why | null } {
    const { frame } = this;
    for (this.frame = 1; this.frame <= MAX_FRAMES; this.frame++) {
      const id = this.get(SESSION_ID_KEY);
      if (id && !this.#isInOtherFrame(id)) this.#clear();
    }
    this.frame = frame;
    return this.#start(this.why());
  }

  /**
   * Spends the next number: it is written before it is returned, so no crash can use it twice.
   * Call `session()` first, in the same turn. null: storage failed in a way that makes the session
   * unsafe to go on with; `session()` then has another.
   */
  next(): number | null {
    return this.#write(this.last + 1) ? this.last : null;
  }

  /**
   * The server had seen that number before this one's hello: jumps ahead to it, if it is above the number in use.
   * false where it is not.
   */
  advance(lastSeen: number): boolean {
    const isAhead = parseLast(this.get(SEQUENCE_KEY)) < lastSeen;
    return isAhead && this.#isOnRecord() && this.#write(lastSeen);
  }

  /** Called at each welcome. A token that can't be kept costs its verification; the next attempt sees to the sequence. */
  remember(token: string | null): void {
    if (token && token !== this.get(TOKEN_KEY) && this.#isOnRecord()) this.put(TOKEN_KEY, token);
  }

  /** What is told of a session that has to be made, where that stands in the storage: undefined if it can't be read. */
  protected why(_id?: string | null, _number?: string | null): Why {
    return true as Why;
  }

  /** One of this frame's values; undefined where storage throws. */
  protected get(name: string): string | null | undefined {
    if (this.#memory) return this.#memory[name] ?? null;
    return attempted(() => this.#storage.getItem(this.#key(name)));
  }

  /** Writes one of this frame's values, or takes it away; false where storage throws. */
  protected put(name: string, value: string | null): boolean {
    const put = () => {
      if (this.#memory) this.#memory[name] = value;
      else if (value === null) this.#storage.removeItem(this.#key(name));
      else this.#storage.setItem(this.#key(name), value);
      return true;
    };
    return Boolean(attempted(put));
  }

  /** Key of the nth frame of a tab; the first that comes has the plain names. */
  #key(name: string): string {
    return this.frame > 1 ? `${name}:${this.frame}` : name;
  }

  #isOnRecord(): boolean {
    return this.get(SESSION_ID_KEY) === this.id;
  }

  #clear(): boolean {
    return ALL_KEYS.every((name) => this.put(name, null));
  }

  #start(why: Why): { id: string; started: Why } {
    const id = this.#randomUUID();
    this.id = id;
    this.last = 0;
    const isWritten = this.#clear() && this.put(SESSION_ID_KEY, id) && this.put(SEQUENCE_KEY, '0');
    if (isWritten && this.#isOnRecord()) return { id, started: why };
    // That one may be on record all the same: it is left to a later document.
    this.#memory = {};
    return this.#start(why);
  }

  /** Makes a number the last one used; false where that leaves the session unsafe to go on with. */
  #write(number: number): boolean {
    this.last = number;
    if (this.put(SEQUENCE_KEY, `${number}`)) return true;
    // The number on record is too low from here on: it is taken away, so that no later document goes on from it.
    // Where it may stay, the session has to be left to that document.
    const memory = {
      [SESSION_ID_KEY]: this.id,
      [SEQUENCE_KEY]: `${number}`,
      [TOKEN_KEY]: this.reconnectToken,
    };
    const isGone = this.put(SEQUENCE_KEY, null);
    this.#memory = isGone ? memory : {};
    return isGone;
  }
}

/** The last number used, or NaN for anything that `next()` could not have written. */
function parseLast(text: string | null | undefined): number {
  const last = Number(text);
  return isSequence(last + 1) && `${last}` === text ? last : Number.NaN;
}
