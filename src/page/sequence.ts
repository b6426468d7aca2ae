/** `wsdiag/sequence`: the session and its numbers alone, beside any socket that reconnects. */

import { HANDSHAKE_VERSION, type HelloFields, parseSessionWelcome } from '../core/handshake.ts';
import { StoredSession } from '../core/stored-session.ts';
import { SessionClaims } from './claims.ts';
import { activated, dialUrl, storageOf } from './page-host.ts';
import { type PageWindow, randomUUID } from './page-window.ts';

export type { HelloFields };

/**
 * The session of this document, and its connection sequence. Who has one with `await ConnectionSequence.open()` knows
 * that no other tab has the session, as a duplicated one would; a number that is asked for before that is the
 * next of the session that the storage has, whosever it is.
 */
export class ConnectionSequence {
  readonly #page: PageWindow;
  readonly #claims: SessionClaims;
  readonly #sequence: StoredSession;
  #documentId: string;
  /** The session that this document has, or claims; null while it has none, as in the back/forward cache. */
  #sessionId: string | null = null;
  #isGone = false;
  /** It hears of the page still, and heeds nothing. */
  #isClosed = false;
  #decided: Promise<void>;

  /** @param page the window that it is for */
  constructor(page: PageWindow = globalThis as unknown as PageWindow) {
    this.#page = page;
    this.#claims = new SessionClaims(page);
    this.#sequence = new StoredSession(
      storageOf(page),
      () => randomUUID(page),
      this.#claims.isInOtherFrame,
    );
    this.#documentId = randomUUID(page);
    page.addEventListener?.('pagehide', () => this.#release());
    page.addEventListener?.('pageshow', ({ persisted }) => {
      if (!persisted || this.#isClosed) return;
      this.#isGone = false;
      this.#documentId = randomUUID(page);
      this.#lookUp();
    });
    this.#decided = activated(page).then(() => {
      if (!this.#isGone) this.#lookUp();
    });
  }

  /** One whose session is this document's: made, or claimed against other tabs. */
  static open(): Promise<ConnectionSequence> {
    return new ConnectionSequence().ready();
  }

  /** Resolves once no claim is undecided, as one is for a moment after a return from the back/forward cache. */
  async ready(): Promise<this> {
    const decided = this.#decided;
    await decided;
    return decided === this.#decided ? this : this.ready();
  }

  get sessionId(): string | null {
    return this.#sessionId;
  }

  /** Spends the next number: once for each attempt, right before it. @returns the fields of its hello */
  next(): HelloFields {
    this.#lookUp();
    const number = this.#sequence.next();
    if (number === null) return this.next();
    const token = this.#sequence.reconnectToken;
    return {
      version: HANDSHAKE_VERSION,
      session_id: this.#sessionId as string,
      connection_sequence: number,
      document_id: this.#documentId,
      persistence: this.#sequence.persistence,
      ...(token && { reconnect_token: token }),
    };
  }

  /** Spends the next number, as `next()`. @returns the address to dial, with the hello in its query string */
  url(base: string | URL): string {
    return dialUrl(this.#page, base, this.next() as object as Record<string, string>);
  }

  /**
   * Takes what the server's welcome brings: the token for later hellos, and how far the server has seen the session.
   *
   * @param message any message, as text or parsed
   * @returns whether it was a welcome
   */
  welcomed(message: unknown): boolean {
    const welcome = parseSessionWelcome(message);
    if (welcome) {
      this.#sequence.remember(welcome.reconnect_token);
      this.#sequence.advance(welcome.last_seen_sequence);
    }
    return Boolean(welcome);
  }

  /** For close code 4409: somebody else is alive in this session, so this document makes one of its own. */
  superseded(): void {
    this.#own(this.#sequence.fork());
  }

  /** Lets the session go, for another sequence of this page to take. */
  close(): void {
    this.#isClosed = true;
    this.#release();
  }

  #lookUp(): void {
    const session = this.#sequence.session();
    if (session.id !== this.#sessionId) this.#own(session);
  }

  #own({ id, started }: ReturnType<StoredSession['session']>): void {
    this.#sessionId = id;
    // A page that is on its way out may still reconnect, but keeps the session from nobody.
    if (this.#isGone) return;
    this.#decided = this.#claims.claim(id, started !== null, (release) => {
      if (!release) this.superseded();
    });
  }

  #release(): void {
    this.#isGone = true;
    this.#sessionId = null;
    this.#claims.releaseAll();
  }
}
