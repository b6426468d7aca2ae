import { type Rows, sameClient } from '../model/rows.ts';

/** One accepted handshake. Rows are -1 where there is none. */
export class Handshake {
  /** The row that has its `client_id`. */
  named = -1;
  opened = -1;
  closed = -1;
  /** Further opens under that `client_id`, or under none: as many closes belong to them. */
  reopened = 0;
  /** It closed, and may have opened before the log begins. */
  isLeftOver = false;

  begin(named: number): this {
    this.named = named;
    this.opened = -1;
    this.closed = -1;
    this.reopened = 0;
    this.isLeftOver = false;
    return this;
  }
}

const NONE: readonly never[] = [];

/**
 * One number of one session: an attempt, and what became of it by all logs. Where the client used the
 * number again, its last use. Rows are -1 where there is none.
 */
export class Attempt {
  /** Below 0 where no log has one. */
  number = 0;
  /** The client's row of what may have begun before its log, which has no `connection_attempt` of it. */
  leftOver = -1;
  attempted = -1;
  /** Its welcome, as the client logs it. */
  opened = -1;
  /** `connection_closed`, `connection_failed` or `document_unloaded` of the client. */
  ended = -1;
  /** Attempted more than once, so what the other logs say of it can't be told apart by its number. */
  reused = false;
  /** Handshakes that a server accepted under the number. */
  handshakes: readonly Handshake[] = NONE;
  rejected = -1;
  /** Rows of faults that hit it. */
  faults: readonly number[] = NONE;
  /** The places of its first and last row among the session's. */
  first = -1;
  last = -1;
  /** Most have one alone, and that is used again. */
  readonly #only = [new Handshake()] as const;

  begin(number: number): this {
    this.number = number;
    this.leftOver = -1;
    this.attempted = -1;
    this.opened = -1;
    this.ended = -1;
    this.reused = false;
    this.handshakes = NONE;
    this.rejected = -1;
    this.faults = NONE;
    this.first = -1;
    this.last = -1;
    return this;
  }

  /** @param named the row that has its `client_id` */
  addHandshake(named: number): Handshake {
    const isFirst = this.handshakes.length === 0;
    const handshake = (isFirst ? this.#only[0] : new Handshake()).begin(named);
    if (isFirst) this.handshakes = this.#only;
    else if (this.handshakes === this.#only) this.handshakes = [this.#only[0], handshake];
    else (this.handshakes as Handshake[]).push(handshake);
    return handshake;
  }

  addFault(row: number): void {
    if (this.faults === NONE) this.faults = [row];
    else (this.faults as number[]).push(row);
  }

  /** The client ended it without a welcome, so a server may have heard of it late. */
  get wasGivenUp(): boolean {
    return this.attempted >= 0 && this.opened < 0 && this.ended >= 0 && !this.reused;
  }

  /** What the client was welcomed to or, without a welcome, what came of its attempt. */
  handshake(rows: Rows): Handshake | undefined {
    return this.opened < 0
      ? this.handshakes[0]
      : this.handshakes.find(({ named }) => sameClient(rows, named, this.opened));
  }
}
