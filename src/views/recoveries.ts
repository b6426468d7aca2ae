import type { Recoveries } from '../model/chart-data.ts';
import type { LogRecord } from '../model/record.ts';

/** Steps of a decade that a person can think in. */
const STEPS = [1, 1.5, 2, 3, 5, 7];

/** What the metric `recovery_*` counts: one value a loss, from it to the session's next welcome. */
export class RecoveriesFold {
  readonly #down = new Map<string, { document_id: string | undefined; time: number }>();
  readonly #counts = new Map<number, number>();

  onRecord(record: LogRecord): void {
    const { event, session_id, document_id, time, fields } = record;
    if (session_id === undefined) return;
    if (event === 'connection_opened') this.#recovered(session_id, time);
    else if (isLoss(record)) {
      if (!this.#down.has(session_id)) this.#down.set(session_id, { document_id, time });
    } else if (event === 'session_started') this.#moved(record);
    else if (event === 'document_unloaded' && fields.reason === 'close') {
      this.#down.delete(session_id);
    }
  }

  finish(): Recoveries {
    const bins = [...this.#counts.keys()];
    const first = Math.min(...bins);
    const last = Math.max(...bins);
    const length = bins.length === 0 ? 0 : last - first + 1;
    return {
      edges_ms: Array.from({ length: length && length + 1 }, (_, index) => edgeOf(first + index)),
      counts: Array.from({ length }, (_, index) => this.#counts.get(first + index) ?? 0),
    };
  }

  #recovered(session_id: string, time: number): void {
    const loss = this.#down.get(session_id);
    if (!loss) return;
    this.#down.delete(session_id);
    const bin = binOf(Math.max(0, time - loss.time));
    this.#counts.set(bin, (this.#counts.get(bin) ?? 0) + 1);
  }

  /** A document that takes up another session takes its loss along. */
  #moved({ session_id, document_id, fields }: LogRecord): void {
    const { parent_session_id: parent, reason } = fields;
    if (typeof parent !== 'string' || session_id === undefined) return;
    const loss = this.#down.get(parent);
    const storageFailed = typeof reason === 'string' && reason.startsWith('storage-');
    if (!loss || (!storageFailed && loss.document_id !== document_id)) return;
    this.#down.delete(parent);
    this.#down.set(session_id, loss);
  }
}

function isLoss({ event, fields, connection_sequence, client_id }: LogRecord): boolean {
  if (event === 'connection_closed') return true;
  const wasConnected = connection_sequence !== undefined && client_id !== undefined;
  return event === 'document_unloaded' && fields.reason === 'reload' && wasConnected;
}

/** Bins by logarithm, from 1 ms; what is quicker is in the first. */
function binOf(ms: number): number {
  let bin = 0;
  while (edgeOf(bin + 1) <= ms) bin += 1;
  return bin;
}

function edgeOf(bin: number): number {
  return (STEPS[bin % STEPS.length] ?? 1) * 10 ** Math.floor(bin / STEPS.length);
}
