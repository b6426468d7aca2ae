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
  /** What it gives up gets a close frame without a code, as from a page's `close()`; a FIN alone otherwise. */
  closesWhatItGivesUp: boolean;
  /** A page that goes sees its socket close with 1001 first. */
  seesItselfGo: boolean;
  /** A page that is left waits in the back/forward cache, where its socket ends only by its own doing. */
  cachesPages: boolean;
  /** A page that is discarded gets a `pagehide`. */
  saysDiscard: boolean;
  /** Its sockets get a close frame with 1001 when it is killed. */
  saysKill: boolean;
  /** From the link's end or return until the page hears of it, milliseconds. */
  linkNewsMs: number;
  /** What was given up while the link was down is said to the server once it is back. */
  keepsClosesForLink: boolean;
  /** A reload takes the page away this long after it is asked for; asked again meanwhile, it begins again. */
  reloadMs: number;
}

export const HABITS: Record<ClientAs, Habits> = {
  chromium: {
    hearsAll: false,
    closesWhatItGivesUp: true,
    seesItselfGo: false,
    cachesPages: true,
    saysDiscard: true,
    saysKill: true,
    linkNewsMs: 20,
    keepsClosesForLink: true,
    reloadMs: 0,
  },
  firefox: {
    hearsAll: false,
    closesWhatItGivesUp: true,
    seesItselfGo: true,
    cachesPages: false,
    saysDiscard: false,
    saysKill: false,
    linkNewsMs: 1100,
    keepsClosesForLink: false,
    reloadMs: 0,
  },
  node: {
    hearsAll: true,
    closesWhatItGivesUp: false,
    seesItselfGo: false,
    cachesPages: false,
    saysDiscard: true,
    saysKill: false,
    linkNewsMs: 0,
    keepsClosesForLink: false,
    reloadMs: 0,
  },
};
