import { type HeldSession, isHeldInTab, sessionsOf } from './frames.ts';
import { attempted, type PageWindow, randomUUID } from './page-window.ts';

/**
 * How long a page without locks waits for another tab to say that it has the session. A tab answers within a few
 * milliseconds, one in the background too, for messages are not throttled as timers are; the rest is room for
 * a busy one. It delays each page's first dial, so it is no longer. Who answers later, or sleeps, is found out by
 * the server, which closes with 4409.
 */
export const ANSWER_MS = 100;

/** A document that is going may have its lock for a moment more: who finds it held looks again. */
export const SECOND_LOOK_MS = 50;

/** What a claim comes to where a document of another tab has the session. */
const TAKEN = false;

/**
 * The claims of one client on sessions: against other tabs, by a Web Lock for each session, or by asking them over
 * a `BroadcastChannel`, where there are no locks; against other clients of its own tab, which share its storage, by
 * a register that they see at once.
 */
export class SessionClaims {
  readonly #page: PageWindow;
  /** Each lets one session go, whether or not the claim is decided. */
  readonly #releases = new Set<() => void>();

  constructor(page: PageWindow) {
    this.#page = page;
  }

  readonly isInOtherFrame = (sessionId: string): boolean =>
    isHeldInTab(this.#page, sessionId, this);

  /**
   * As `ClientHost.claimSession`.
   *
   * @param isNew this client has just made the session, so nobody else can have it
   */
  claim(sessionId: string, isNew: boolean, decided: (release: (() => void) | null) => void): void {
    const shared = sessionsOf(this.#page);
    const session: HeldSession = { id: sessionId, owner: this };
    // At once, for the next frame's script may run before the lock is decided.
    shared.held.add(session);
    let letGo = () => {};
    const untilLetGo = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const release = () => {
      if (!shared.held.delete(session)) return;
      this.#releases.delete(release);
      // The next claim of this document waits until the lock is free, which takes a moment.
      shared.freed = Promise.allSettled([shared.freed, isOver]);
      letGo();
    };
    this.#releases.add(release);
    const granted = () => {
      decided(release);
      return untilLetGo;
    };
    const isOver = shared.freed
      .then(() => this.#hold(`wsdiag:${sessionId}`, isNew, granted))
      .then((result) => {
        if (result !== TAKEN) return;
        release();
        decided(null);
      });
  }

  /** The document goes, or the client ends. What is not decided yet is let go when it is. */
  releaseAll(): void {
    for (const release of [...this.#releases]) release();
  }

  /** Resolves when what is held is free again, or to `TAKEN`. */
  async #hold(name: string, isNew: boolean, granted: () => Promise<void>) {
    const page = this.#page;
    let isAnswered = false;
    const look = () =>
      page.navigator.locks.request(name, { ifAvailable: true }, (lock) => {
        isAnswered = true;
        return lock ? granted() : TAKEN;
      });
    try {
      const result = await look();
      if (result !== TAKEN) return result;
      await new Promise((resolve) => page.setTimeout(resolve, SECOND_LOOK_MS));
      return await look();
    } catch (error) {
      // There are no locks on plain http, and all are refused where the storage is blocked.
      if (!isAnswered) return this.#holdByWord(name, isNew, granted);
      throw error;
    }
  }

  /** Asks the other tabs, and answers them from then on. */
  async #holdByWord(name: string, isNew: boolean, granted: () => Promise<void>) {
    const page = this.#page;
    const channel = attempted(() => new page.BroadcastChannel(name));
    if (!channel) return granted();
    const self = randomUUID(page);
    let isOurs = isNew;
    const isTaken = await new Promise<boolean>((resolve) => {
      // Who asks is `from`, and is answered as `to`.
      channel.onmessage = ({ data: { from, to } }) => {
        if (to === self) resolve(true);
        // Of two that ask at once, the one whose id comes first has it; the other asks again, to be told so.
        else if (from) channel.postMessage(isOurs || self < from ? { to: from } : { from: self });
      };
      channel.postMessage({ from: self });
      page.setTimeout(
        () => {
          isOurs = true;
          resolve(false);
        },
        isNew ? 0 : ANSWER_MS,
      );
    });
    const result = isTaken ? TAKEN : await granted();
    channel.close();
    return result;
  }
}
