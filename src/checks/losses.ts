import type { Row } from '../core/records.ts';

interface Loss {
  document: number;
  time: number;
}

/** A connection lost while its tab stayed open, until the session's next welcome (client log). */
export class Losses {
  total = 0;
  /** Most sessions down at once. */
  peakDown = 0;
  /** How often it took so many milliseconds from a loss to the next welcome. */
  readonly recoveriesMs = new Map<number, number>();
  /** Sessions not connected when the run ended around their open tab. */
  readonly unrecovered = new Set<number>();
  readonly #down = new Map<number, Loss>();

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
    if (!this.#down.has(session)) this.#down.set(session, { document, time });
    this.peakDown = Math.max(this.peakDown, this.#down.size);
  }

  #recovered({ session, time }: Row): void {
    const loss = this.#down.get(session);
    if (!loss) return;
    this.#down.delete(session);
    const ms = Math.max(0, time - loss.time);
    this.recoveriesMs.set(ms, (this.recoveriesMs.get(ms) ?? 0) + 1);
  }

  #unloaded(row: Row): void {
    const { session, connection_sequence, client_hash: client, record } = row;
    const reason = record?.fields.reason;
    const connected = connection_sequence !== 0 && client !== 0;
    if (reason === 'reload' && connected) this.#lost(row);
    if (reason === 'close') this.#down.delete(session);
    if (reason === 'end' && !connected) this.unrecovered.add(session);
  }

  /** A document that takes up another session takes its loss along. */
  #moved({ session, document_hash: document, parent, record }: Row): void {
    const loss = this.#down.get(parent);
    if (!loss) return;
    const reason = record?.fields.reason;
    const storageFailed = typeof reason === 'string' && reason.startsWith('storage-');
    if (!storageFailed && loss.document !== document) return;
    this.#down.delete(parent);
    this.#down.set(session, loss);
  }
}
