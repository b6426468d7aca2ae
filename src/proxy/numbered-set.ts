/** Its place in a `NumberedSet`, which gives the number. */
export interface Numbered {
  number: number;
}

/**
 * Members in the order they came. A `Set` does the same; but of one that changes all the time, tables that it grew out
 * of keep those that left from being collected for seconds.
 */
export class NumberedSet<Member extends Numbered> {
  readonly #members: Record<number, Member> = {};
  #last = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(member: Member): void {
    this.#last += 1;
    this.#size += 1;
    member.number = this.#last;
    this.#members[member.number] = member;
  }

  /** Once for each. */
  delete({ number }: Member): void {
    delete this.#members[number];
    this.#size -= 1;
  }

  [Symbol.iterator](): Iterator<Member> {
    return Object.values(this.#members).values();
  }
}
