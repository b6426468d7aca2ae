import type { Habits } from './habits.ts';
import type { Clock } from './host.ts';

interface Timer {
  dueMs: number;
  fire: () => void;
  /** How many timers in a row set the next, up to this one. */
  chain: number;
  /** The clock's own; null while the computer sleeps. */
  handle: unknown;
}

/** A page counts as long hidden after five minutes, and a chain as one from its fifth timer on (Chrome 88). */
const LONG_HIDDEN_MS = 5 * 60_000;
const LONG_CHAIN = 5;

/** The timers of a tab's pages: they stand still while the computer sleeps, and are slow in a background tab. */
export class PageTimers {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #habits: Habits;
  readonly #timers = new Set<Timer>();
  #asleep = false;
  #hiddenAtMs: number | null = null;
  /** A browser wakes a hidden page at whole periods from here. */
  #phaseMs = 0;
  /** Of the timer that is firing. */
  #chain = 0;

  constructor(clock: Clock, random: () => number, habits: Habits) {
    this.#clock = clock;
    this.#random = random;
    this.#habits = habits;
  }

  setTimer(delayMs: number, fire: () => void): unknown {
    const dueMs = this.#clock.now() + delayMs;
    const timer: Timer = { dueMs, fire, chain: this.#chain + 1, handle: null };
    this.#timers.add(timer);
    this.#schedule(timer);
    return timer;
  }

  clearTimer(timer: unknown): void {
    if (!this.#timers.delete(timer as Timer)) return;
    this.#clock.clearTimer((timer as Timer).handle);
  }

  sleep(): void {
    this.#asleep = true;
    this.#scheduleAll();
  }

  /** What fell due meanwhile fires now, in order. */
  wake(): void {
    this.#asleep = false;
    const now = this.#clock.now();
    const due = [...this.#timers].filter(({ dueMs }) => dueMs <= now);
    for (const timer of due.toSorted((one, other) => one.dueMs - other.dueMs)) {
      if (this.#timers.has(timer)) this.#fire(timer);
    }
    this.#scheduleAll();
  }

  setHidden(hidden: boolean): void {
    const { hiddenTimersMs } = this.#habits;
    if (hiddenTimersMs === null) return;
    this.#hiddenAtMs = hidden ? this.#clock.now() : null;
    // Each computer has periods of its own.
    if (hidden) this.#phaseMs = this.#clock.now() - this.#random() * hiddenTimersMs;
    this.#scheduleAll();
  }

  #scheduleAll(): void {
    for (const timer of this.#timers) this.#schedule(timer);
  }

  #schedule(timer: Timer): void {
    this.#clock.clearTimer(timer.handle);
    timer.handle = null;
    if (this.#asleep) return;
    const leftMs = Math.max(0, this.#firesAtMs(timer) - this.#clock.now());
    timer.handle = this.#clock.setTimer(leftMs, () => this.#fire(timer));
  }

  #firesAtMs({ dueMs, chain }: Timer): number {
    if (this.#hiddenAtMs === null) return dueMs;
    const { hiddenTimersMs, chainedTimersMs } = this.#habits;
    const isSlowest = chain >= LONG_CHAIN && dueMs >= this.#hiddenAtMs + LONG_HIDDEN_MS;
    const everyMs = (isSlowest ? chainedTimersMs : hiddenTimersMs) ?? 1;
    return this.#phaseMs + Math.ceil((dueMs - this.#phaseMs) / everyMs) * everyMs;
  }

  #fire(timer: Timer): void {
    this.clearTimer(timer);
    this.#chain = timer.chain;
    timer.fire();
    this.#chain = 0;
  }
}
