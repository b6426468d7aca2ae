import type { Admission, DialGate } from './dial-gate.ts';
import type { Clock } from './host.ts';
import { type Place, Queue } from './queue.ts';

/** Failures and successes count in the period they fall in and in the next. */
const PERIOD_MS = 120_000;
const MIN_DELAY_MS = 1_000;
const MAX_DELAY_MS = 5_000;
/** 2 to this power divides the delay, which is whole from there on. */
const FULL_DELAY_EXPONENT = 16;
/** From the end of one handshake with an address and port to the start of the next. */
const UNLOCK_MS = 10;

/**
 * Chromium's rules, in the order in which they hold a dial back.
 *
 * 1. Each dial waits U(1, 5) s · 2^min(16, p + ⌊f / (s + 1)⌋) / 2^16, in whole milliseconds: p handshakes are
 *    pending, this one included; f have failed and s succeeded. A handshake that the page gives up has
 *    failed. So a tab that was connected once waits 15 to 78 ms after 18 failures, and 1 to 5 s after 30.
 *    (`services/network/websocket_throttler.cc`, `CalculateDelay` and `~PendingConnection`;
 *    `websocket_factory.cc`, `CreateWebSocket`; `websocket.cc`, the constructor.)
 * 2. f and s are of the current period of two minutes and of the one before. Periods begin at the first
 *    dial. Where one ends with nothing pending and no success in it, its failures are forgotten with it: the
 *    test for that looks at the successes twice and never at the failures.
 *    (`WebSocketThrottler::OnTimer`, `Roll`, `IsClean`.)
 * 3. One handshake at a time goes to an address and port; the next begins 10 ms after it has succeeded or
 *    failed. (`net/socket/websocket_endpoint_lock_manager.cc`, `LockEndpoint` and `UnlockEndpoint`;
 *    `net/websockets/websocket_basic_handshake_stream.cc`, `Upgrade`.)
 *
 * Not modelled: 255 dials of a tab may be pending, and a further one fails.
 */
export class ChromiumGate implements DialGate {
  readonly clock: Clock;
  readonly throttle: Throttle;
  readonly lock: EndpointLock;

  constructor(clock: Clock, random: () => number) {
    this.clock = clock;
    this.throttle = new Throttle(clock, random);
    this.lock = new EndpointLock(clock);
  }

  ask(go: () => void): Admission {
    const dial = new ChromiumDial(this, go);
    dial.start();
    return dial;
  }
}

class ChromiumDial implements Admission {
  readonly #gate: ChromiumGate;
  readonly #go: () => void;
  #stage: 'held-back' | 'dialling' | 'over' = 'held-back';
  #timer: unknown = null;
  #place: Place<ChromiumDial> | null = null;

  constructor(gate: ChromiumGate, go: () => void) {
    this.#gate = gate;
    this.#go = go;
  }

  start(): void {
    const delayMs = this.#gate.throttle.begin();
    if (delayMs === 0) this.#takeLock();
    else this.#timer = this.#gate.clock.setTimer(delayMs, () => this.#takeLock());
  }

  /** It has the lock. */
  letGo(): void {
    this.#leaveQueue();
    this.#stage = 'dialling';
    this.#go();
  }

  opened(): void {
    if (this.#stage !== 'dialling') return;
    this.#stage = 'over';
    this.#gate.throttle.succeed();
    this.#gate.lock.release();
  }

  ended(): void {
    if (this.#stage === 'over') return;
    this.#gate.throttle.fail();
    this.#gate.clock.clearTimer(this.#timer);
    this.#leaveQueue();
    if (this.#stage === 'dialling') this.#gate.lock.release();
    this.#stage = 'over';
  }

  #takeLock(): void {
    this.#place = this.#gate.lock.take(this);
  }

  #leaveQueue(): void {
    if (this.#place !== null) this.#gate.lock.waiting.remove(this.#place);
    this.#place = null;
  }
}

/** One renderer's count of handshakes, and the delay that follows from it. */
class Throttle {
  readonly #clock: Clock;
  readonly #random: () => number;
  #pending = 0;
  #failed = 0;
  #succeeded = 0;
  #failedBefore = 0;
  #succeededBefore = 0;
  #periodEndsAt = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Counts a handshake as pending, and gives the milliseconds that it has to wait. */
  begin(): number {
    this.#endPeriods();
    if (this.#periodEndsAt === Number.POSITIVE_INFINITY) {
      this.#periodEndsAt = this.#clock.now() + PERIOD_MS;
    }
    this.#pending += 1;
    return this.#delayMs();
  }

  succeed(): void {
    this.#endPeriods();
    this.#pending -= 1;
    this.#succeeded += 1;
  }

  fail(): void {
    this.#endPeriods();
    this.#pending -= 1;
    this.#failed += 1;
  }

  #delayMs(): number {
    const failed = this.#failed + this.#failedBefore;
    const succeeded = this.#succeeded + this.#succeededBefore;
    const exponent = this.#pending + Math.floor(failed / (succeeded + 1));
    const factor = 2 ** (Math.min(exponent, FULL_DELAY_EXPONENT) - FULL_DELAY_EXPONENT);
    if (MAX_DELAY_MS * factor < 1) return 0;
    const spread = MAX_DELAY_MS - MIN_DELAY_MS + 1;
    return Math.floor((MIN_DELAY_MS + Math.floor(this.#random() * spread)) * factor);
  }

  /** Nothing looks at the counts between two handshakes, so they need no timer of their own. */
  #endPeriods(): void {
    while (this.#clock.now() >= this.#periodEndsAt) {
      this.#periodEndsAt += PERIOD_MS;
      this.#failedBefore = this.#failed;
      this.#succeededBefore = this.#succeeded;
      this.#failed = 0;
      this.#succeeded = 0;
      if (this.#pending === 0 && this.#succeededBefore === 0) this.#forget();
    }
  }

  #forget(): void {
    this.#failedBefore = 0;
    this.#periodEndsAt = Number.POSITIVE_INFINITY;
  }
}

/** The right to shake hands with the server's address and port, which one dial has at a time. */
class EndpointLock {
  readonly waiting = new Queue<ChromiumDial>();
  readonly #clock: Clock;
  #isHeld = false;
  #freeAt = Number.NEGATIVE_INFINITY;
  #timer: unknown = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Lets the dial go, now or later; gives where it waits meanwhile. */
  take(dial: ChromiumDial): Place<ChromiumDial> | null {
    if (this.#isFree) {
      this.#isHeld = true;
      dial.letGo();
      return null;
    }
    const place = this.waiting.push(dial);
    this.#wakeWaiting();
    return place;
  }

  release(): void {
    this.#isHeld = false;
    this.#freeAt = this.#clock.now() + UNLOCK_MS;
    this.#wakeWaiting();
  }

  get #isFree(): boolean {
    return !this.#isHeld && this.waiting.length === 0 && this.#clock.now() >= this.#freeAt;
  }

  #wakeWaiting(): void {
    if (this.#isHeld || this.#timer !== null || this.waiting.length === 0) return;
    const leftMs = Math.max(0, this.#freeAt - this.#clock.now());
    this.#timer = this.#clock.setTimer(leftMs, () => this.#passOn());
  }

  #passOn(): void {
    this.#timer = null;
    const next = this.waiting.oldest;
    // A dial that came when the lock was free, and this timer late, has it: its release wakes the next.
    if (next === undefined || this.#isHeld) return;
    this.#isHeld = true;
    next.letGo();
  }
}
