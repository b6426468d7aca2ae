import { isHeldInTab, sessionsOf } from './frames.ts';
import { type PageWindow, randomUUID } from './page-window.ts';

/**
 * How long a page without locks waits for another tab to say that it has the session. A tab answers within a few
 * milliseconds, one in the background too, for messages are not throttled as timers are; the rest is room for
 * a busy one. It delays each page's first dial, so it is no longer. Who answers later, or sleeps, is found out by
 * the server, which closes with 4409.
 */
export const ANSWER_MS = 100;

/** A document that is going, or this one, may have its lock for a moment more: who finds it held looks again. */
export const SECOND_LOOK_MS = 50;

/** Ranks among those who ask for a session: who has it, and who is told not to. Ids stand between them. */
const OWNER = '';
const DENIED = '~';

/**
 * The claim of one client on its session: against other tabs, by a Web Lock for each session, or by asking them over
 * a `BroadcastChannel`, where there are no locks; against other clients of its own tab, which share its storage, by
 * a register that they see at once.
 */
export class SessionClaims {
  readonly #page: PageWindow;
  /** The document goes, or the client ends. What is not decided yet is let go when it is. */
  releaseAll = (): void => {};

  constructor(page: PageWindow) {
    this.#page = page;
  }

  readonly isInOtherFrame = (sessionId: string): boolean =>
    isHeldInTab(this.#page, sessionId, this.releaseAll);

  /**
   * As `ClientHost.claimSession`. What was claimed before is let go.
   *
   * @param isNew this client has just made the session, so nobody else can have it
   * @returns settles once it is decided
   */
  claim(
    sessionId: string,
    isNew: boolean,
    decided: (release: (() => void) | null) => void,
  ): Promise<void> {
    this.releaseAll();
    const held = sessionsOf(this.#page);
    const over = new Promise<void>((resolve) => {
      this.releaseAll = () => {
        if (held.get(sessionId) === release) held.delete(sessionId);
        resolve();
      };
    });
    const release = this.releaseAll;
    // At once, for the next frame's script may run before it is decided.
    held.set(sessionId, release);
    return take(this.#page, `wsdiag:${sessionId}`, isNew, over).then((isOurs) => {
      if (isOurs || held.get(sessionId) !== release) return decided(release);
      release();
      decided(null);
    });
  }
}

/** Takes a name that no document of another tab has, until that is over. Resolves to what is falsy where one has it. */
function take(
  page: PageWindow,
  name: string,
  isNew: boolean,
  over: Promise<void>,
): Promise<unknown> {
  const wait = (ms: number) => new Promise((resolve) => page.setTimeout(resolve, ms));
  const lock = () =>
    new Promise((resolve, reject) => {
      const decided = (lock: Lock | null) => {
        resolve(lock);
        return lock && over;
      };
      page.navigator.locks.request(name, { ifAvailable: true }, decided).catch(reject);
    });
  /** Asks the other tabs, and answers them from then on. */
  const ask = async () => {
    const channel = new page.BroadcastChannel(name);
    over.then(() => channel.close());
    let rank = isNew ? OWNER : randomUUID(page);
    // Of two that ask at once, the one whose rank comes first has it.
    channel.onmessage = ({ data }) => {
      if (data < rank) rank = DENIED;
      else if (data > rank) channel.postMessage(rank);
    };
    channel.postMessage(rank);
    if (!isNew) await wait(ANSWER_MS);
    if (rank === DENIED) return false;
    rank = OWNER;
    return true;
  };
  return (
    lock()
      .then((taken) => taken || wait(SECOND_LOOK_MS).then(lock))
      // There are no locks on plain http, and all are refused where the storage is blocked.
      .catch(ask)
      // There are no channels either: the server tells, with 4409.
      .catch(() => true)
  );
}
