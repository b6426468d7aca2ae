import type { Admission, DialGate } from './dial-gate.ts';
import type { Clock } from './host.ts';

/** What timers are late by. */
const LATENESS_MS = 10;

/** Lets so many dials a second onto the network, whoever makes them, evenly and in their order. */
export class Pace {
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #waiting = new Set<() => void>();
  #timer: unknown = null;
  #nextAt = 0;

  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock;
    this.#everyMs = 1000 / perSecond;
  }

  /** A gate behind another, which lets a dial go first. */
  behind(gate: DialGate): DialGate {
    return {
      ask: (go): Admission => {
        const admission = gate.ask(() => this.#wait(go));
        return {
          opened: () => admission.opened(),
          ended: (how) => {
            this.#waiting.delete(go);
            admission.ended(how);
          },
        };
      },
    };
  }

  #wait(go: () => void): void {
    this.#waiting.add(go);
    if (this.#timer === null) this.#pass();
  }

  #pass(): void {
    this.#timer = null;
    const now = this.#clock.now();
    for (const go of this.#waiting) {
      if (this.#nextAt > now) break;
      this.#waiting.delete(go);
      // One that comes later than a timer may be has not saved up for those behind it.
      this.#nextAt = Math.max(this.#nextAt, now - LATENESS_MS) + this.#everyMs;
      go();
    }
    if (this.#waiting.size > 0) {
      this.#timer = this.#clock.setTimer(this.#nextAt - now, () => this.#pass());
    }
  }
}
