import type { LogRecord } from '../core/records.ts';

interface Loss {
  document_id: string | undefined;
  time: number;
}

/** A connection lost while its tab stayed open, until the session's next welcome (client log). */
export class Losses {
  total = 0;
  /** Most sessions down at once. */
  peakDown = 0;
  /** From each loss to the next welcome, seconds. */
  readonly recoveries: number[] = [];
  /** Sessions not connected when the run ended around their open tab. */
  readonly unrecovered = new Set<string>();
  readonly #down = new Map<string, Loss>();

  onRecord(record: LogRecord): void {
    const { event, session_id } = record;
    if (session_id === undefined) return;
    if (event === 'connection_closed') this.#lost(session_id, record);
    else if (event === 'connection_opened') this.#recovered(session_id, record.time);
    else if (event === 'document_unloaded') this.#unloaded(session_id, record);
    else if (event === 'session_started') this.#moved(session_id, record);
  }

  #lost(session_id: string, { document_id, time }: LogRecord): void {
    this.total += 1;
    if (!this.#down.has(session_id)) this.#down.set(session_id, { document_id, time });
    this.peakDown = Math.max(this.peakDown, this.#down.size);
  }

  #recovered(session_id: string, time: number): void {
    const loss = this.#down.get(session_id);
    if (!loss) return;
    this.#down.delete(session_id);
    this.recoveries.push(Math.max(0, time - loss.time) / 1000);
  }

  #unloaded(session_id: string, record: LogRecord): void {
    const { connection_sequence, client_id } = record;
    const { reason } = record.fields;
    const connected = connection_sequence !== undefined && client_id !== undefined;
    if (reason === 'reload' && connected) this.#lost(session_id, record);
    if (reason === 'close') this.#down.delete(session_id);
    if (reason === 'end' && !connected) this.unrecovered.add(session_id);
  }

  /** A document that takes up another session takes its loss along. */
  #moved(session_id: string, { document_id, fields }: LogRecord): void {
    const { parent_session_id: parent, reason } = fields;
    const loss = typeof parent === 'string' ? this.#down.get(parent) : undefined;
    if (!loss) return;
    const storageFailed = typeof reason === 'string' && reason.startsWith('storage-');
    if (!storageFailed && loss.document_id !== document_id) return;
    this.#down.delete(parent as string);
    this.#down.set(session_id, loss);
  }
}
