/** Changes that are held; of more, the most at once is not known. */
const MAX_HELD = 8_000_000;

/** How many are at once, by changes that come in any order: those of several logs, told by one clock. */
export class Changes {
  /** Times, doubled, and one more where one is added. */
  #held = new Float64Array(1024);
  #size = 0;
  readonly #maxHeld: number;

  constructor(maxHeld = MAX_HELD) {
    this.#maxHeld = maxHeld;
  }

  /** @param time whole milliseconds */
  add(time: number, isMore: boolean): void {
    if (this.#size > this.#maxHeld) return;
    if (this.#size === this.#held.length) {
      const larger = new Float64Array(this.#held.length * 2);
      larger.set(this.#held);
      this.#held = larger;
    }
    this.#held[this.#size++] = 2 * time + Number(isMore);
  }

  /** The most at once; within a millisecond, what ends does so first. null where there were too many changes. */
  peak(): number | null {
    if (this.#size > this.#maxHeld) return null;
    let now = 0;
    let most = 0;
    for (const change of this.#held.subarray(0, this.#size).sort()) {
      now += change % 2 === 0 ? -1 : 1;
      if (now > most) most = now;
    }
    return most;
  }
}
