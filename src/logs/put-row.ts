import { closeCodeOf, durationOf } from '../model/record.ts';
import {
  CLOSED_BY,
  EVENT,
  type EventName,
  FAULT_BITS,
  NAVIGATIONS,
  NO,
  type ProcessNote,
  type Rows,
  SESSION_REASONS,
  UNLOAD_REASONS,
  UNTOLD,
  YES,
} from '../model/rows.ts';
import { checkOfLast, hashText } from './hash.ts';
import { type ParsedRecord, parentOf } from './parse.ts';
import { workerNote } from './worker-notes.ts';

/** Writes what a line says into a row, but for its place. */
export function putRow(
  rows: Rows,
  row: number,
  record: Omit<ParsedRecord, 'kind' | 'writer'>,
): void {
  const { time, connection_sequence, fields } = record;
  const event = record.event as EventName;
  rows.clear(row);
  rows.setEvent(row, EVENT[event]);
  rows.setTime(row, time);
  rows.setSequence(row, connection_sequence ?? 0);
  if (hasUnusableNumber(record)) rows.setUnusableNumber(row);
  rows.setSession(row, hashText(record.session_id), checkOfLast());
  rows.setDocument(row, hashText(record.document_id), checkOfLast());
  const client = event === 'session_started' ? parentOf(record) : record.client_id;
  rows.setClient(row, hashText(client), checkOfLast());
  rows.setCode(row, closeCodeOf(fields.close_code));
  rows.setValue(
    row,
    event === 'target_ended' ? count(fields.log_lines) : durationOf(fields.duration_seconds),
  );
  rows.setFlags(
    row,
    boolean(fields.session_verified),
    detailOf(event, fields),
    boolean(fields[CLEAN[event] ?? 'was_clean']),
  );
  if (event === 'fault_injected') putFault(rows, row, fields);
  else if (event === 'fault_ended') rows.setValue(row, count(fields.occurrence));
}

/** A line that names its connection alone may say so with nulls. */
export function hasUnusableNumber({
  session_id,
  connection_sequence,
  fields,
}: Pick<ParsedRecord, 'session_id' | 'connection_sequence' | 'fields'>): boolean {
  const value = fields.connection_sequence;
  if (connection_sequence !== undefined || value === undefined) return false;
  return value !== null || session_id !== undefined;
}

function putFault(rows: Rows, row: number, fields: ParsedRecord['fields']): void {
  const { occurrence, client_close_code, server_close_code } = fields;
  rows.setValue(row, count(occurrence));
  rows.setCode(row, closeCodeOf(client_close_code));
  rows.setServerCode(row, closeCodeOf(server_close_code));
}

/** What stands where others have `was_clean`. */
const CLEAN: Partial<Record<EventName, string>> = {
  fault_injected: 'restores_storage',
  target_ended: 'killed',
};

const count = (value: unknown): number => (typeof value === 'number' ? value : Number.NaN);

const boolean = (value: unknown): number => (value === true ? YES : value === false ? NO : UNTOLD);

/** The field of each event whose values are few. */
export const DETAILS: Partial<Record<EventName, { field: string; values: readonly string[] }>> = {
  connection_closed: { field: 'closed_by', values: CLOSED_BY },
  document_unloaded: { field: 'reason', values: UNLOAD_REASONS },
  document_loaded: { field: 'navigation', values: NAVIGATIONS },
  session_started: { field: 'reason', values: SESSION_REASONS },
};

function detailOf(event: EventName, fields: ParsedRecord['fields']): number {
  if (event === 'fault_injected') {
    const set = Object.entries(FAULT_BITS).filter(([field]) => fields[field] === true);
    return set.reduce((bits, [, bit]) => bits | bit, 0);
  }
  const { field, values } = DETAILS[event] ?? {};
  const value = field === undefined ? undefined : fields[field];
  if (typeof value !== 'string' || values === undefined || value === '') return 0;
  const index = values.indexOf(value);
  return index > 0 ? index : values.length - 1;
}

/** The machine had no more descriptors, ports, buffers or memory to dial with. */
export const EXHAUSTED_CODES = ['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS', 'ENOMEM'] as const;
const EXHAUSTED = new RegExp(`^(?:${EXHAUSTED_CODES.join('|')})`);

/** What a line says beside its row; undefined where that is nothing. */
export function noteOf({
  event,
  fields,
}: Pick<ParsedRecord, 'event' | 'fields'>): ProcessNote | undefined {
  if (event === 'connection_failed') {
    const exhausted = typeof fields.error === 'string' && EXHAUSTED.exec(fields.error)?.[0];
    return exhausted ? { exhausted } : undefined;
  }
  const node = typeof fields.node === 'number' ? { node: fields.node } : undefined;
  if (event === 'fault_injected') {
    if (fields.kills_server !== true) return undefined;
    return typeof fields.worker === 'number' ? { ...node, isOfWorker: true } : node;
  }
  if (/^worker_/.test(event)) {
    const worker = workerNote(event, fields);
    return worker && { worker };
  }
  if (!/_(?:started|stopped)$/.test(event) || event === 'session_started') return undefined;
  const { log_schema, wsdiag_version, lines, interrupted, event_loop_delay_p99_ms: delay } = fields;
  const { start_ms } = fields;
  return {
    log_schema: log_schema === undefined ? undefined : JSON.stringify(log_schema),
    isOwn: log_schema !== undefined && wsdiag_version !== undefined,
    lines: typeof lines === 'number' ? lines : undefined,
    interrupted: interrupted === true,
    event_loop_delay_p99_ms: typeof delay === 'number' ? delay : undefined,
    start_ms: typeof start_ms === 'number' ? start_ms : undefined,
    ...node,
  };
}
