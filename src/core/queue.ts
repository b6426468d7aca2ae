/** Where a value stands in a queue. */
export interface Place<T> {
  readonly value: T;
  older: Place<T> | null;
  newer: Place<T> | null;
}

/**
 * Values in the order in which they came, each of which may leave from where it stands. It is linked,
 * for V8 finds the first key of a Map by a walk past all those that were deleted before it.
 */
export class Queue<T> {
  length = 0;
  #oldest: Place<T> | null = null;
  #newest: Place<T> | null = null;

  get oldest(): T | undefined {
    return this.#oldest?.value;
  }

  push(value: T): Place<T> {
    const place = { value, older: this.#newest, newer: null };
    if (this.#newest) this.#newest.newer = place;
    else this.#oldest = place;
    this.#newest = place;
    this.length += 1;
    return place;
  }

  /** Once for each place. */
  remove({ older, newer }: Place<T>): void {
    if (older) older.newer = newer;
    else this.#oldest = newer;
    if (newer) newer.older = older;
    else this.#newest = older;
    this.length -= 1;
  }
}
