const FIRST_SLOTS = 1024;

/** Ids, as hashes of 64 bits, to dense indexes from 0 by first appearance: some 20 bytes an id. */
export class IdTable {
  size = 0;
  /** Both halves of each, side by side. */
  #halves = new Int32Array(FIRST_SLOTS);
  /** Twice as many as ids at least; 0 for none, else the id's index and 1. */
  #slots = new Int32Array(FIRST_SLOTS);

  /** The id's index; -1 where it is not known. */
  find(low: number, high: number): number {
    const slots = this.#slots;
    const halves = this.#halves;
    const mask = slots.length - 1;
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const index = (slots[slot] as number) - 1;
      if (index < 0 || (halves[2 * index] === low && halves[2 * index + 1] === high)) return index;
    }
  }

  /** The id's index, which it is given here where it is not known. */
  add(low: number, high: number): number {
    const known = this.find(low, high);
    if (known >= 0) return known;
    if (2 * this.size >= this.#slots.length) this.#grow();
    const index = this.size++;
    this.#halves[2 * index] = low;
    this.#halves[2 * index + 1] = high;
    this.#place(index);
    return index;
  }

  has(low: number, high: number): boolean {
    return this.find(low, high) >= 0;
  }

  low(index: number): number {
    return this.#halves[2 * index] as number;
  }

  high(index: number): number {
    return this.#halves[2 * index + 1] as number;
  }

  clear(): void {
    this.size = 0;
    this.#slots.fill(0);
  }

  /** What another thread makes the same table of. */
  halves(): Int32Array {
    return this.#halves.slice(0, 2 * this.size);
  }

  static of(halves: Int32Array): IdTable {
    const table = new IdTable();
    for (let at = 0; at < halves.length; at += 2) {
      table.add(halves[at] as number, halves[at + 1] as number);
    }
    return table;
  }

  #grow(): void {
    const slots = 2 * this.#slots.length;
    const halves = new Int32Array(slots);
    halves.set(this.#halves);
    this.#halves = halves;
    this.#slots = new Int32Array(slots);
    for (let index = 0; index < this.size; index++) this.#place(index);
  }

  #place(index: number): void {
    const mask = this.#slots.length - 1;
    let slot = (this.#halves[2 * index] as number) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = index + 1;
  }
}
