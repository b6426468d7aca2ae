/** `wsdiag/sequence`: the session and its numbers alone, beside any socket that reconnects. */

import { type HelloFields, helloFields, helloToQuery, parseWelcome } from '../core/handshake.ts';
import { Sequence, type Session } from '../core/sequence.ts';
import { dialUrl, onceActivated, onPageEvents, type PageHost, pageHost } from './page-host.ts';
import type { PageWindow } from './page-window.ts';

export type { HelloFields };

/**
 * The session of this document, and its connection sequence. Who has one with `await ConnectionSequence.open()` knows
 * that no other tab has the session, as a duplicated one would; a number that is asked for before that is the
 * next of the session that the storage has, whosever it is.
 */
export class ConnectionSequence {
  readonly #page: PageWindow;
  readonly #host: PageHost;
  readonly #sequence: Sequence;
  readonly #closing = new AbortController();
  #documentId: string;
  /** The session that this document has, or claims; null while it has none, as in the back/forward cache. */
  #sessionId: string | null = null;
  #letGo = () => {};
  #isGone = false;
  #decided: Promise<void>;

  /** @param page the window that it is for */
  constructor(page: PageWindow = globalThis as unknown as PageWindow) {
    this.#page = page;
    const host = pageHost(page);
    this.#host = host;
    this.#sequence = new Sequence(host.storage, host.randomUUID, host.isInOtherFrame);
    this.#documentId = host.randomUUID();
    const events = {
      hidden: () => this.#release(),
      shown: () => {
        this.#isGone = false;
        this.#documentId = host.randomUUID();
        this.#lookUp();
      },
    };
    onPageEvents(page, events, this.#closing.signal);
    this.#decided = new Promise<void>((resolve) => onceActivated(page, resolve)).then(() => {
      this.#lookUp();
      return this.#decided;
    });
  }

  /** One whose session is this document's: made, or claimed against other tabs. */
  static open(): Promise<ConnectionSequence> {
    return new ConnectionSequence().ready();
  }

  /** Resolves once no claim is undecided, as one is for a moment after a return from the back/forward cache. */
  async ready(): Promise<this> {
    let decided: Promise<void>;
    do {
      decided = this.#decided;
      await decided;
    } while (decided !== this.#decided);
    return this;
  }

  get sessionId(): string | null {
    return this.#sessionId;
  }

  /** Spends the next number: once for each attempt, right before it. @returns the fields of its hello */
  next(): HelloFields {
    return helloFields(this.#spend());
  }

  /** Spends the next number, as `next()`. @returns the address to dial, with the hello in its query string */
  url(base: string | URL): string {
    return dialUrl(this.#page, base, helloToQuery(this.#spend()));
  }

  /**
   * Takes what the server's welcome brings: the token for later hellos, and how far the server has seen the session.
   *
   * @param message any message, as text or parsed
   * @returns whether it was a welcome
   */
  welcomed(message: unknown): boolean {
    const text = typeof message === 'string' ? message : JSON.stringify(message);
    const welcome = parseWelcome(text ?? '');
    if (!welcome) return false;
    this.#sequence.remember(welcome.reconnect_token);
    this.#sequence.advance(welcome.last_seen_sequence);
    return true;
  }

  /** For close code 4409: somebody else is alive in this session, so this document makes one of its own. */
  superseded(): void {
    this.#own(this.#sequence.fork());
  }

  /** Lets the session go, for another sequence of this page to take. */
  close(): void {
    this.#closing.abort();
    this.#release();
  }

  #spend() {
    for (;;) {
      this.#lookUp();
      const number = this.#sequence.next();
      if (number === null) continue;
      return {
        session_id: this.#sessionId ?? '',
        connection_sequence: number,
        document_id: this.#documentId,
        persistence: this.#sequence.persistence,
        reconnect_token: this.#sequence.reconnectToken,
      };
    }
  }

  #lookUp(): void {
    const session = this.#sequence.session();
    if (session.id !== this.#sessionId) this.#own(session);
  }

  #own({ id }: Session): void {
    this.#sessionId = id;
    // A page that is on its way out may still reconnect, but keeps the session from nobody.
    if (this.#isGone) return;
    this.#decided = new Promise((resolve) => {
      this.#host.claimSession(id, (release) => {
        if (this.#sessionId !== id || this.#isGone) {
          release?.();
        } else if (release) {
          this.#letGo();
          this.#letGo = release;
        } else {
          this.#own(this.#sequence.fork());
        }
        resolve();
      });
    });
  }

  #release(): void {
    this.#isGone = true;
    this.#sessionId = null;
    this.#host.releaseAll();
  }
}
