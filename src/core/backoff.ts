import type { BackoffSettings } from './settings.ts';

/** Waits between dials. Names and formulas: AWS, "Exponential Backoff And Jitter"; `uniform` never grows. */
export class Backoff {
  /** Failures in a row so far: n of the formulas, from 0. */
  failures = 0;
  readonly #settings: BackoffSettings;
  readonly #random: () => number;
  #previousMs: number;

  constructor(settings: BackoffSettings, random: () => number) {
    this.#settings = settings;
    this.#random = random;
    this.#previousMs = settings.baseMs;
  }

  /** Milliseconds to wait before the next dial; counts one failure. */
  next(): number {
    const delayMs = this.#delayMs();
    this.failures += 1;
    this.#previousMs = delayMs;
    return delayMs;
  }

  /** The connection held: the next failure is the first again. */
  reset(): void {
    this.failures = 0;
    this.#previousMs = this.#settings.baseMs;
  }

  #delayMs(): number {
    const { policy, baseMs, maxMs } = this.#settings;
    // 2 ** 1024 is Infinity, which min() takes; 0 * Infinity would be NaN.
    const exponential = Math.min(maxMs, baseMs === 0 ? 0 : baseMs * 2 ** this.failures);
    switch (policy) {
      case 'none':
        return 0;
      case 'fixed':
        return Math.min(maxMs, baseMs);
      case 'exponential':
        return exponential;
      case 'full-jitter':
        return this.#between(0, exponential);
      case 'equal-jitter':
        return this.#between(exponential / 2, exponential);
      case 'decorrelated-jitter':
        return Math.min(maxMs, this.#between(baseMs, this.#previousMs * 3));
      case 'uniform':
        return this.#between(Math.min(maxMs, baseMs), maxMs);
    }
  }

  #between(low: number, high: number): number {
    return low + this.#random() * (high - low);
  }
}
