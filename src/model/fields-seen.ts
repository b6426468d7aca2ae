import { EVENT, type Rows } from './rows.ts';

/** Which fields the lines about connections have. */
export class FieldsSeen {
  #connections = false;
  #opens = false;
  #session = false;
  #sequence = false;
  #duration = false;

  onRow(rows: Rows, row: number): void {
    const event = rows.event(row);
    if (event > EVENT.connection_failed) return;
    this.#connections = true;
    this.#session ||= rows.hasSession(row);
    this.#sequence ||= rows.sequence(row) > 0;
    if (event === EVENT.connection_opened) this.#opens = true;
    if (event === EVENT.connection_closed) this.#duration ||= rows.value(row) >= 0;
  }

  /** Fields that no such line has. Durations are missed where closes alone tell of connections. */
  get lacks() {
    const isTold = this.#connections;
    return {
      session: isTold && !this.#session,
      sequence: isTold && !this.#sequence,
      duration: isTold && !this.#opens && !this.#duration,
    };
  }
}
