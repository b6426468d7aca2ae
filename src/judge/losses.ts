import type { Row } from '../model/record.ts';
import { capacityFor, FIRST_CAPACITY, grown } from '../model/session-tables.ts';

/** Recovery times that are kept to the millisecond; what differs from all of them is, to 1 in 1,000. */
const MAX_EXACT = 100_000;

/** A connection lost while its tab stayed open, until the session's next welcome (client log). */
export class Losses {
  total = 0;
  /** Most sessions down at once. */
  peakDown = 0;
  /** How often it took so many milliseconds from a loss to the next welcome. */
  readonly recoveriesMs = new Map<number, number>();
  /** Sessions not connected when the run ended around their open tab. */
  readonly unrecovered = new Set<number>();
  /** When each session went down, in milliseconds since the epoch; 0 while it is not. */
  #since = new Float64Array(FIRST_CAPACITY);
  /** The document that it went down under. */
  #document = new Int32Array(FIRST_CAPACITY);
  #down = 0;

  onRow(row: Row): void {
    const { event, session } = row;
    if (session < 0) return;
    if (event === 'connection_closed') this.#lost(row);
    else if (event === 'connection_opened') this.#recovered(row);
    else if (event === 'document_unloaded') this.#unloaded(row);
    else if (event === 'session_started') this.#moved(row);
  }

  #lost({ session, document_hash: document, time }: Row): void {
    this.total += 1;
    if (!this.#isDown(session)) this.#goesDown(session, time, document);
    this.peakDown = Math.max(this.peakDown, this.#down);
  }

  #recovered({ session, time }: Row): void {
    if (!this.#isDown(session)) return;
    const ms = Math.max(0, time - (this.#since[session] as number));
    this.#comesBack(session);
    const counts = this.recoveriesMs;
    const isKept = counts.has(ms) || counts.size < MAX_EXACT;
    const kept = isKept ? ms : Number(ms.toPrecision(3));
    counts.set(kept, (counts.get(kept) ?? 0) + 1);
  }

  #unloaded(row: Row): void {
    const { session, connection_sequence, client_hash: client, record } = row;
    const reason = record?.fields.reason;
    const connected = connection_sequence !== 0 && client !== 0;
    if (reason === 'reload' && connected) this.#lost(row);
    if (reason === 'close') this.#comesBack(session);
    if (reason === 'end' && !connected) this.unrecovered.add(session);
  }

  /** A document that takes up another session takes its loss along. */
  #moved({ session, document_hash: document, parent, record }: Row): void {
    if (!this.#isDown(parent)) return;
    const [since, down] = [this.#since[parent] as number, this.#document[parent] as number];
    const reason = record?.fields.reason;
    const storageFailed = typeof reason === 'string' && reason.startsWith('storage-');
    if (!storageFailed && down !== document) return;
    this.#comesBack(parent);
    this.#goesDown(session, since, down);
  }

  #isDown(session: number): boolean {
    return (this.#since[session] ?? 0) !== 0;
  }

  #goesDown(session: number, since: number, document: number): void {
    if (session >= this.#since.length) {
      const capacity = capacityFor(session + 1);
      this.#since = grown(this.#since, capacity);
      this.#document = grown(this.#document, capacity);
    }
    if (!this.#isDown(session)) this.#down += 1;
    this.#since[session] = since;
    this.#document[session] = document;
  }

  #comesBack(session: number): void {
    if (!this.#isDown(session)) return;
    this.#since[session] = 0;
    this.#down -= 1;
  }
}
