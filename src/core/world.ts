import type { NavigationType } from './records.ts';

/**
 * The ports that faults act on: one tab of one client, and the server. `real/` has them over
 * sockets and processes; another world may have them over virtual time.
 */

/** How the wire under a connection is cut. `silent`: nothing leaves any more, not even a FIN. */
export type CutHow = 'fin' | 'rst' | 'silent';

/** One-way delay of every chunk, milliseconds: `delayMs` plus up to `jitterMs`, order kept. */
export interface Latency {
  delayMs: number;
  jitterMs: number;
}

/** One of the sessions of a tab. */
export interface SessionState {
  readonly sessionId: string | null;
  /** Number of the connection or attempt under way; null while there is none. */
  readonly connectionSequence: number | null;
}

export interface Tab {
  /** `client-7`, and `client-7-copy-1` for its duplicate. */
  readonly name: string;
  /** Of its page, and of each frame in it. */
  readonly sessions: readonly SessionState[];
  /** A document of it was welcomed, over a wire that has not been cut since, whether or not the page knows. */
  readonly connected: boolean;
  /** The tab has not been closed. */
  readonly open: boolean;
  /** Its computer sleeps. */
  readonly asleep: boolean;
  cut(how: CutHow): void;
  /** The page calls `close(code, reason)`, and then reconnects as after any loss. */
  close(code: number, reason: string): void;
  reload(): void;
  /** Another page of the same site, in the same tab. */
  navigate(): void;
  /** The page is left for one of another site, and may be kept in the back/forward cache. */
  leave(): void;
  /** The user comes back to the page that was left. */
  comeBack(): void;
  /** The browser takes the page of a tab in the background out of memory. */
  discard(): void;
  /** The user looks at a tab again that was discarded, or closed. */
  reopen(): void;
  /** The process of the page ends, without a word of the page. */
  crash(): void;
  /** The user loads the page again that crashed. */
  revive(): void;
  /** The browser is killed, and brings its tabs back with the storage of some time ago. */
  restore(agoMs: number): void;
  /** Loads more frames into the page, each with a connection of its own. */
  addFrames(count: number): void;
  /**
   * Opens a copy of the tab, which starts with a copy of its `sessionStorage`.
   *
   * @param navigation default: `back_forward`, for Duplicate Tab makes it out of a history entry; `window.open` does not
   */
  duplicate(navigation?: NavigationType): void;
  /** @param mayReopen its browser keeps what it needs to open it again */
  closeTab(mayReopen?: boolean): void;
  clearStorage(): void;
  corruptStorage(): void;
  setOnline(online: boolean): void;
  setAsleep(asleep: boolean): void;
  /** It is in the background. */
  setHidden(hidden: boolean): void;
  /** null takes the delay off. */
  setLatency(latency: Latency | null): void;
}

/** Refuses a share of upgrade requests. */
export interface RejectRule {
  status: number;
  /** Seconds for the Retry-After header; null sends none. */
  retryAfterSeconds: number | null;
  /** Probability, 0 to 1, drawn for each handshake. */
  share: number;
}

/** Closes a share of connections as soon as they are open. */
export interface CloseRule {
  code: number;
  /** Probability, 0 to 1, drawn for each connection. */
  share: number;
}

/** One process of the server. */
export interface ServerNode {
  /** It was stopped, and no server has been told to listen since: a stop finds nobody to end. */
  readonly down: boolean;
  /**
   * Ends the server: `graceful` closes everyone with 1012, `crash` kills the process. Where it is down
   * already, it stays down until the next `start`.
   *
   * @param drainMs it takes nobody from now on, and closes everyone one by one over this time
   */
  stop(how: 'graceful' | 'crash', drainMs: number): void;
  /**
   * Starts it again at the same address, once it is down, unless it is stopped before it listens.
   *
   * @param isDone called when that is over
   */
  start(isDone: () => void): void;
  /** While on, its process does nothing. It ends with a stop. */
  freeze(on: boolean): void;
}

export interface ServerControl {
  /** The close code that everyone gets when it is stopped gracefully; null where that is not known. */
  readonly goodbyeCode: number | null;
  /** One, or several behind a balancer. */
  readonly nodes: readonly ServerNode[];
  /** null accepts handshakes again. */
  rejectHandshakes(rule: RejectRule | null): void;
  /** While on, upgrade requests are left without an answer. */
  stallHandshakes(on: boolean): void;
  /** null lets connections live again. */
  closeOnOpen(rule: CloseRule | null): void;
  closeSessions(sessionIds: string[], code: number, reason: string): void;
}
