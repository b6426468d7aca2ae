const FIRST_SLOTS = 1024;

/** Ids, as hashes of 64 bits, to dense indexes that are used again for others once an id is removed. */
export class OpenTable {
  size = 0;
  #lows = new Int32Array(FIRST_SLOTS / 2);
  #highs = new Int32Array(FIRST_SLOTS / 2);
  /** Twice as many as ids at least; 0 for none, else the id's index and 1. */
  #slots = new Int32Array(FIRST_SLOTS);
  readonly #free: number[] = [];

  /** The id's index; -1 where it is not there. */
  find(low: number, high: number): number {
    if (this.size === 0) return -1;
    return (this.#slots[this.#slotOf(low, high)] as number) - 1;
  }

  /** The id's index, which it is given here where it has none. */
  add(low: number, high: number): number {
    const slot = this.#slotOf(low, high);
    const known = (this.#slots[slot] as number) - 1;
    if (known >= 0) return known;
    const index = this.#free.pop() ?? this.size;
    this.size += 1;
    this.#lows[index] = low;
    this.#highs[index] = high;
    this.#slots[slot] = index + 1;
    if (2 * this.size >= this.#slots.length) this.#grow();
    return index;
  }

  remove(index: number): void {
    const mask = this.#slots.length - 1;
    let hole = this.#slotOf(this.#lows[index] as number, this.#highs[index] as number);
    this.size -= 1;
    this.#free.push(index);
    // What stands behind a hole moves up, unless it would come before its own place.
    for (let next = (hole + 1) & mask; this.#slots[next] !== 0; next = (next + 1) & mask) {
      const moving = this.#slots[next] as number;
      const own = (this.#lows[moving - 1] as number) & mask;
      if (((next - own) & mask) < ((next - hole) & mask)) continue;
      this.#slots[hole] = moving;
      hole = next;
    }
    this.#slots[hole] = 0;
  }

  clear(): void {
    this.size = 0;
    this.#free.length = 0;
    this.#slots.fill(0);
  }

  /** Where the id is, or would be put. */
  #slotOf(low: number, high: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const index = (slots[slot] as number) - 1;
      if (index < 0 || (this.#lows[index] === low && this.#highs[index] === high)) return slot;
    }
  }

  #grow(): void {
    const halves = this.#slots.length;
    const [lows, highs] = [new Int32Array(halves), new Int32Array(halves)];
    lows.set(this.#lows);
    highs.set(this.#highs);
    const indexes = this.#slots.filter((slot) => slot !== 0);
    this.#lows = lows;
    this.#highs = highs;
    this.#slots = new Int32Array(2 * halves);
    for (const index of indexes) {
      const [low, high] = [lows[index - 1] as number, highs[index - 1] as number];
      this.#slots[this.#slotOf(low, high)] = index;
    }
  }
}
