import { ChromiumGate } from './dial-gate-chromium.ts';
import { FirefoxGate } from './dial-gate-firefox.ts';
import type { ClientAs } from './habits.ts';
import type { Clock } from './host.ts';

/**
 * How a dial or its connection ended.
 * `closed`: by the closing handshake, or the page went (1001), even while it was still connecting.
 * `failed`: refused, reset, answered with an HTTP status, or lost without a closing handshake.
 * `given-up`: the page called `close()` before it was open.
 */
export type DialEnd = 'closed' | 'failed' | 'given-up';

/**
 * When a browser lets the dials of a page onto the network. All dials go to one address, port and path.
 * One gate for each process that counts: Chromium counts in each renderer, which is a tab; Firefox in the
 * whole browser.
 */
export interface DialGate {
  /** The page has made a `WebSocket`. `go` starts its dial, now and from within this call or later. */
  ask(go: () => void): Admission;
}

/** One dial, from the `WebSocket` being made to its end. */
export interface Admission {
  /** The upgrade came through. */
  opened(): void;
  /** It is over. Where it was still held back, `go` never comes. Later calls do nothing. */
  ended(how: DialEnd): void;
}

const NEVER_HELD_BACK: Admission = { opened() {}, ended() {} };

const OPEN_GATE: DialGate = {
  ask(go) {
    go();
    return NEVER_HELD_BACK;
  },
};

/** `random` is uniform in [0, 1). */
export function createDialGate(as: ClientAs, clock: Clock, random: () => number): DialGate {
  switch (as) {
    case 'chromium':
      return new ChromiumGate(clock, random);
    case 'firefox':
      return new FirefoxGate(clock, random);
    case 'node':
      return OPEN_GATE;
  }
}
