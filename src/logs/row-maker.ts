import { closeCodeOf, durationOf, type LogRecord, type Row } from '../model/record.ts';
import { PLAIN_EVENTS } from './columns.ts';
import { hashText } from './hash.ts';
import { parentOf } from './parse.ts';

const PLAIN: readonly string[] = PLAIN_EVENTS;

/** Makes rows of records that come one by one, as a scan of their lines would. */
export class RowMaker {
  readonly ids: string[] = [];
  readonly #indexes = new Map<string, number>();

  of(record: LogRecord, file = 0): Row {
    const { log, stream = 0, event, line, time, session_id, fields } = record;
    const { close_code, duration_seconds } = fields;
    const sequence = record.connection_sequence ?? 0;
    const isPlain = PLAIN.includes(event);
    return {
      log,
      stream,
      event,
      file,
      line,
      time,
      session: this.#indexOf(session_id),
      parent: isPlain ? -1 : this.#indexOf(parentOf(record)),
      connection_sequence: sequence,
      client_hash: hashText(record.client_id),
      document_hash: hashText(record.document_id),
      close_code: closeCodeOf(close_code),
      duration_seconds: durationOf(duration_seconds),
      unverified: fields.session_verified === false,
      record: isPlain ? undefined : record,
    };
  }

  #indexOf(id: string | undefined): number {
    if (id === undefined) return -1;
    const known = this.#indexes.get(id) ?? this.ids.push(id) - 1;
    this.#indexes.set(id, known);
    return known;
  }
}
