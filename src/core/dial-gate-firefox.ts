import type { Admission, DialEnd, DialGate } from './dial-gate.ts';
import type { Clock } from './host.ts';

const FIRST_DELAY_MS = 200;
const FIRST_JITTER_MS = 200;
const GROWTH = 1.5;
const MAX_DELAY_MS = 60_000;
/** A failure is forgotten this long after its delay is over. */
const LIFETIME_MS = 60_000;

/**
 * Firefox's rules, all of `netwerk/protocol/websocket/WebSocketChannel.cpp`.
 *
 * 1. One dial at a time connects to an address; the others queue. One that a delay holds back counts as
 *    connecting. (`nsWSAdmissionManager::ConditionallyConnect`, `ConnectNext`.)
 * 2. No dial starts within a delay after the last failure: at first 200 to 399 ms, drawn once, then half as
 *    much again, rounded down, with every failure, up to 60 s. (`FailDelay`, `FailDelayManager::DelayOrBegin`.)
 * 3. A connection that is lost without a closing handshake is a failure too, so even the first dial after a
 *    loss waits. A page that goes is none. A page that gives up a dial, held back or not, is one only where
 *    there is no other to remember: it starts a delay and makes none longer. (`OnStopSession`, `Close`.)
 * 4. A dial that opens ends the delay. Else it is forgotten by the first dial to come 60 s after it was
 *    over. (`OnConnected`, `FailDelay::IsExpired`.)
 * 5. Dials that were made while there was no failure to remember go before the others in the queue.
 *    (`IndexOfFirstFailure`.)
 *
 * Not modelled: Firefox ends a dial 20 s after it started, and an open socket 20 s after the page closed it
 * without an answer, both as failures; a dial beyond 200 sockets of the browser fails.
 */
export class FirefoxGate implements DialGate {
  readonly clock: Clock;
  readonly failures: Failures;
  #connecting: FirefoxDial | null = null;
  readonly #queued: FirefoxDial[] = [];

  constructor(clock: Clock, random: () => number) {
    this.clock = clock;
    this.failures = new Failures(clock, random);
  }

  ask(go: () => void): Admission {
    const dial = new FirefoxDial(this, go);
    if (this.#connecting === null) this.#connect(dial);
    else this.#queue(dial);
    return dial;
  }

  /** The dial no longer connects, or no longer waits to. */
  leave(dial: FirefoxDial): void {
    if (dial === this.#connecting) {
      this.#connecting = null;
      const next = this.#queued.shift();
      if (next !== undefined) this.#connect(next);
    } else {
      this.#queued.splice(this.#queued.indexOf(dial), 1);
    }
  }

  #connect(dial: FirefoxDial): void {
    this.#connecting = dial;
    dial.connect();
  }

  #queue(dial: FirefoxDial): void {
    const place = dial.isRetry ? -1 : this.#queued.findIndex(({ isRetry }) => isRetry);
    this.#queued.splice(place === -1 ? this.#queued.length : place, 0, dial);
  }
}

class FirefoxDial implements Admission {
  /** Made after a failure. */
  readonly isRetry: boolean;
  readonly #gate: FirefoxGate;
  readonly #go: () => void;
  #stage: 'connecting' | 'open' | 'over' = 'connecting';
  #timer: unknown = null;

  constructor(gate: FirefoxGate, go: () => void) {
    this.#gate = gate;
    this.#go = go;
    this.isRetry = gate.failures.isKnown;
  }

  /** It is its turn. */
  connect(): void {
    const delayMs = this.#gate.failures.delayMs();
    if (delayMs === 0) this.#go();
    else this.#timer = this.#gate.clock.setTimer(delayMs, this.#go);
  }

  opened(): void {
    if (this.#stage !== 'connecting') return;
    this.#stage = 'open';
    this.#gate.failures.forget();
    this.#gate.leave(this);
  }

  ended(how: DialEnd): void {
    const stage = this.#stage;
    if (stage === 'over') return;
    this.#stage = 'over';
    this.#note(how, stage);
    if (stage === 'open') return;
    this.#gate.clock.clearTimer(this.#timer);
    this.#gate.leave(this);
  }

  #note(how: DialEnd, stage: 'connecting' | 'open'): void {
    const { failures } = this.#gate;
    const isFirst = how === 'given-up' && stage === 'connecting' && !failures.isKnown;
    if (how === 'failed' || isFirst) failures.add();
  }
}

/** What is remembered of the failures of an address, port and path. */
class Failures {
  readonly #clock: Clock;
  readonly #random: () => number;
  #lastAt = 0;
  /** From the last failure to the next dial; 0: there is none. */
  #delayMs = 0;

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  get isKnown(): boolean {
    return this.#delayMs > 0;
  }

  add(): void {
    this.#delayMs = this.isKnown
      ? Math.floor(Math.min(MAX_DELAY_MS, this.#delayMs * GROWTH))
      : FIRST_DELAY_MS + Math.floor(this.#random() * FIRST_JITTER_MS);
    this.#lastAt = this.#clock.now();
  }

  forget(): void {
    this.#delayMs = 0;
  }

  /** Milliseconds that a dial which is made now has to wait. */
  delayMs(): number {
    if (!this.isKnown) return 0;
    const leftMs = this.#lastAt + this.#delayMs - this.#clock.now();
    if (leftMs <= -LIFETIME_MS) this.forget();
    return Math.max(0, leftMs);
  }
}
