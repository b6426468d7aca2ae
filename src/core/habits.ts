import type { NavigationType } from './records.ts';

/** What the clients of a scenario run in: a page of that browser, or Node. */
export const CLIENTS_AS = ['chromium', 'firefox', 'node'] as const;
export type ClientAs = (typeof CLIENTS_AS)[number];

/**
 * What browsers do with the pages of a client, as far as a page or its server can see it. Measured with Chromium
 * 156 and Firefox 153 ESR (docs/fidelity.md); when they let a dial through is in `dial-gate.ts`.
 */
export interface Habits {
  /** Pings, the status of a refused upgrade and its Retry-After reach the client. */
  hearsAll: boolean;
  /**
   * What it gives up gets a close frame without a code, as from a page's `close()`, and once the link is back where
   * that is down; a FIN alone otherwise.
   */
  closesWhatItGivesUp: boolean;
  /** A page that goes sees its socket close with 1001 first. */
  seesItselfGo: boolean;
  /** A page that is left waits in the back/forward cache, where its socket ends only by its own doing. */
  cachesPages: boolean;
  /** A page that is discarded gets a `pagehide`. */
  saysDiscard: boolean;
  /** A tab that was discarded, or closed and opened again, has what its page wrote to its storage in `pagehide`. */
  keepsLastWrites: boolean;
  /** Its sockets get a close frame with 1001 when it is killed. */
  saysKill: boolean;
  /** The reason of the 1001 that a page's socket gets when the page crashes; null: the system ends it. */
  crashReason: string | null;
  /** How a page that crashed, and is loaded again, came to be. */
  revivesAs: NavigationType;
  /** From the link's end or return until the page hears of it, milliseconds. */
  linkNewsMs: number;
  /** Its connections are lost when the computer has slept (not measured: rstudio/shiny 2771, DomTerm 83). */
  losesSocketsAsleep: boolean;
  /**
   * Least time between the timers of a hidden page, milliseconds; null: as ever. Not measured: as Chrome 88's
   * release notes have it, and Firefox's `dom.min_background_timeout_value`.
   */
  hiddenTimersMs: number | null;
  /** The same of a page that has been hidden for long, and for timers that set each other. */
  chainedTimersMs: number | null;
}

export const HABITS: Record<ClientAs, Habits> = {
  chromium: {
    hearsAll: false,
    closesWhatItGivesUp: true,
    seesItselfGo: false,
    cachesPages: true,
    saysDiscard: false,
    keepsLastWrites: true,
    saysKill: true,
    crashReason: '',
    revivesAs: 'reload',
    linkNewsMs: 20,
    losesSocketsAsleep: true,
    hiddenTimersMs: 1000,
    chainedTimersMs: 60_000,
  },
  firefox: {
    hearsAll: false,
    closesWhatItGivesUp: true,
    seesItselfGo: true,
    cachesPages: false,
    saysDiscard: true,
    keepsLastWrites: false,
    saysKill: false,
    crashReason: 'Child was killed',
    revivesAs: 'back_forward',
    linkNewsMs: 1100,
    losesSocketsAsleep: false,
    hiddenTimersMs: 1000,
    chainedTimersMs: 1000,
  },
  node: {
    hearsAll: true,
    closesWhatItGivesUp: false,
    seesItselfGo: false,
    cachesPages: false,
    saysDiscard: true,
    keepsLastWrites: true,
    saysKill: false,
    crashReason: null,
    revivesAs: 'navigate',
    linkNewsMs: 0,
    losesSocketsAsleep: false,
    hiddenTimersMs: null,
    chainedTimersMs: null,
  },
};
