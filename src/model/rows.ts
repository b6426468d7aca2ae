import type {
  ClosedBy,
  LogEvents,
  LogName,
  NavigationType,
  SessionReason,
  UnloadReason,
} from '../core/records.ts';

import type { LinePlace } from './record.ts';
import type { WorkerNote } from './workers.ts';

/** The logs, in the order in which they are read; a log's index is its place here. */
export const LOGS = ['server', 'client', 'faults'] as const satisfies readonly LogName[];

/** Every event; a row has the event's index. The most frequent come first. */
export const EVENTS = [
  'connection_closed',
  'connection_opened',
  'connection_attempt',
  'connection_failed',
  'document_unloaded',
  'document_loaded',
  'session_started',
  'sequence_advanced',
  'handshake_rejected',
  'fault_injected',
  'server_started',
  'server_stopped',
  'client_started',
  'client_stopped',
  'faults_started',
  'faults_stopped',
  'connection_named',
  'target_started',
  'target_killed',
  'target_ended',
  'fault_ended',
  'worker_joined',
  'worker_left',
  'worker_lost',
] as const satisfies readonly EventName[];

export type EventName =
  | { [L in LogName]: keyof LogEvents[L] & string }[LogName]
  /** Of a line that does no more than say whose session a connection is: a login, say. It joins, and is no row. */
  | 'connection_named';

/** The index of each event. */
export const EVENT = Object.fromEntries(EVENTS.map((event, index) => [event, index])) as Record<
  EventName,
  number
>;

/** What a field with few values can say; a row has the index, 0 for nothing. */
const OTHER = 'other';
export const CLOSED_BY = [
  '',
  'peer',
  'server',
  'network',
  'heartbeat',
  'superseded',
  OTHER,
] as const satisfies readonly (ClosedBy | '' | typeof OTHER)[];
export const UNLOAD_REASONS = [
  '',
  'reload',
  'close',
  'end',
  'navigate',
  'bfcache',
  'discard',
  'pagehide',
  'vanished',
  'gave-up',
  OTHER,
] as const satisfies readonly (UnloadReason | '' | typeof OTHER)[];
export const SESSION_REASONS = [
  '',
  'new',
  'storage-invalid',
  'storage-cleared',
  'duplicate-tab',
  'frame',
  OTHER,
] as const satisfies readonly (SessionReason | '' | typeof OTHER)[];
export const NAVIGATIONS = [
  '',
  'navigate',
  'reload',
  'back_forward',
  OTHER,
] as const satisfies readonly (NavigationType | '' | typeof OTHER)[];

/** Bits that stand for the same in a `fault_injected` row. */
export const FAULT_BITS = {
  half_open: 1,
  kills_server: 2,
  delays_frames: 4,
  takes_page: 8,
} as const;

/** What a yes or no can be in a row. */
export const UNTOLD = 0;
export const YES = 1;
export const NO = 2;

export const ROW_BYTES = 64;
const DOUBLES = ROW_BYTES / 8;
export const INTS = ROW_BYTES / 4;
const SHORTS = ROW_BYTES / 2;

/** Places within a row, in units of the array that each is read from. */
const [TIME, SEQUENCE, VALUE] = [0, 1, 2];
const [SESSION, CLIENT, DOCUMENT, OFFSET, LINE] = [6, 8, 10, 12, 14];
const [OFFSET_HIGH, CODE, FILE] = [26, 27, 30];
const [EVENT_BYTE, FLAGS] = [62, 63];

const EVENT_MASK = 0x3f;
const UNUSABLE_NUMBER = 0x40;
const NAMED_ELSEWHERE = 0x80;
const VERIFIED_MASK = 0b11;
const DETAIL_SHIFT = 2;
const DETAIL_MASK = 0b1111;
const CLEAN_SHIFT = 6;

const UINT32 = 2 ** 32;

/**
 * Log lines as numbers, 64 bytes each: what a judgement needs of millions of lines. Ids are hashes of 64
 * bits, in two halves; 0 and 0 is none.
 */
export class Rows {
  readonly capacity: number;
  readonly ints: Int32Array;
  readonly #doubles: Float64Array;
  readonly #uints: Uint32Array;
  readonly #shorts: Uint16Array;
  readonly #bytes: Uint8Array;

  constructor(capacity: number, memory: ArrayBufferLike = new ArrayBuffer(capacity * ROW_BYTES)) {
    this.capacity = capacity;
    this.#doubles = new Float64Array(memory, 0, capacity * DOUBLES);
    this.ints = new Int32Array(memory, 0, capacity * INTS);
    this.#uints = new Uint32Array(memory, 0, capacity * INTS);
    this.#shorts = new Uint16Array(memory, 0, capacity * SHORTS);
    this.#bytes = new Uint8Array(memory, 0, capacity * ROW_BYTES);
  }

  /** Milliseconds since the epoch. */
  time(row: number): number {
    return this.#doubles[row * DOUBLES + TIME] as number;
  }

  /** `connection_sequence`; 0 where the line has none that is usable. */
  sequence(row: number): number {
    return this.#doubles[row * DOUBLES + SEQUENCE] as number;
  }

  /** Of a close, `duration_seconds`; of a fault, its `occurrence`; of a target's end, `log_lines`. NaN where there is none. */
  value(row: number): number {
    return this.#doubles[row * DOUBLES + VALUE] as number;
  }

  sessionLow(row: number): number {
    return this.ints[row * INTS + SESSION] as number;
  }

  sessionHigh(row: number): number {
    return this.ints[row * INTS + SESSION + 1] as number;
  }

  hasSession(row: number): boolean {
    return this.sessionLow(row) !== 0;
  }

  /** `client_id`; of a `session_started`, `parent_session_id`. */
  clientLow(row: number): number {
    return this.ints[row * INTS + CLIENT] as number;
  }

  clientHigh(row: number): number {
    return this.ints[row * INTS + CLIENT + 1] as number;
  }

  hasClient(row: number): boolean {
    return this.clientLow(row) !== 0;
  }

  documentLow(row: number): number {
    return this.ints[row * INTS + DOCUMENT] as number;
  }

  documentHigh(row: number): number {
    return this.ints[row * INTS + DOCUMENT + 1] as number;
  }

  hasDocument(row: number): boolean {
    return this.documentLow(row) !== 0;
  }

  /** A close code; 0 for none. Of a fault, the one that the client is to see. */
  code(row: number): number {
    return this.#shorts[row * SHORTS + CODE] as number;
  }

  /** Of a fault, the close code that the server is to see; 0 for none. */
  serverCode(row: number): number {
    return this.documentLow(row);
  }

  /** Index into `EVENTS`. */
  event(row: number): number {
    return (this.#bytes[row * ROW_BYTES + EVENT_BYTE] as number) & EVENT_MASK;
  }

  /** Its line names no session: another line of its connection does. */
  isNamedElsewhere(row: number): boolean {
    return ((this.#bytes[row * ROW_BYTES + EVENT_BYTE] as number) & NAMED_ELSEWHERE) !== 0;
  }

  /** Its line has something for a number that is none. */
  hasUnusableNumber(row: number): boolean {
    return ((this.#bytes[row * ROW_BYTES + EVENT_BYTE] as number) & UNUSABLE_NUMBER) !== 0;
  }

  /** `session_verified`: `UNTOLD`, `YES` or `NO`. */
  verified(row: number): number {
    return this.#flags(row) & VERIFIED_MASK;
  }

  /** Index into the values of the event's one field that has few, or the bits of a fault. */
  detail(row: number): number {
    return (this.#flags(row) >> DETAIL_SHIFT) & DETAIL_MASK;
  }

  /** `was_clean`; of a fault, `restores_storage`; of a target's end, `killed`: `UNTOLD`, `YES` or `NO`. */
  clean(row: number): number {
    return this.#flags(row) >> CLEAN_SHIFT;
  }

  /** Index into the files that were read. */
  file(row: number): number {
    return this.#shorts[row * SHORTS + FILE] as number;
  }

  /** From 1. */
  line(row: number): number {
    return this.#uints[row * INTS + LINE] as number;
  }

  /** Where the line's bytes begin in what its file decodes to. */
  offset(row: number): number {
    return (
      (this.#uints[row * INTS + OFFSET] as number) +
      UINT32 * (this.#shorts[row * SHORTS + OFFSET_HIGH] as number)
    );
  }

  /** Rises in the order in which lines are read. */
  position(row: number): number {
    return this.file(row) * UINT32 + this.line(row);
  }

  #flags(row: number): number {
    return this.#bytes[row * ROW_BYTES + FLAGS] as number;
  }

  /** One by one: to have so few numbers filled, or a loop, takes longer. */
  clear(row: number): void {
    const doubles = this.#doubles;
    const at = row * DOUBLES;
    doubles[at + TIME] = 0;
    doubles[at + SEQUENCE] = 0;
    doubles[at + VALUE] = Number.NaN;
    doubles[at + 3] = 0;
    doubles[at + 4] = 0;
    doubles[at + 5] = 0;
    doubles[at + 6] = 0;
    doubles[at + 7] = 0;
  }

  setTime(row: number, time: number): void {
    this.#doubles[row * DOUBLES + TIME] = time;
  }

  setSequence(row: number, sequence: number): void {
    this.#doubles[row * DOUBLES + SEQUENCE] = sequence;
  }

  setValue(row: number, value: number): void {
    this.#doubles[row * DOUBLES + VALUE] = value;
  }

  setSession(row: number, low: number, high: number): void {
    this.ints[row * INTS + SESSION] = low;
    this.ints[row * INTS + SESSION + 1] = high;
  }

  setClient(row: number, low: number, high: number): void {
    this.ints[row * INTS + CLIENT] = low;
    this.ints[row * INTS + CLIENT + 1] = high;
  }

  setDocument(row: number, low: number, high: number): void {
    this.ints[row * INTS + DOCUMENT] = low;
    this.ints[row * INTS + DOCUMENT + 1] = high;
  }

  setCode(row: number, code: number): void {
    this.#shorts[row * SHORTS + CODE] = code;
  }

  setServerCode(row: number, code: number): void {
    this.setDocument(row, code, 0);
  }

  setEvent(row: number, event: number): void {
    this.#bytes[row * ROW_BYTES + EVENT_BYTE] = event;
  }

  /** After the event. */
  setUnusableNumber(row: number): void {
    (this.#bytes[row * ROW_BYTES + EVENT_BYTE] as number) |= UNUSABLE_NUMBER;
  }

  setNamedElsewhere(row: number): void {
    (this.#bytes[row * ROW_BYTES + EVENT_BYTE] as number) |= NAMED_ELSEWHERE;
  }

  setFlags(row: number, verified: number, detail: number, clean: number): void {
    this.#bytes[row * ROW_BYTES + FLAGS] =
      verified | (detail << DETAIL_SHIFT) | (clean << CLEAN_SHIFT);
  }

  setLine(row: number, line: number): void {
    this.#uints[row * INTS + LINE] = line;
  }

  setOffset(row: number, offset: number): void {
    this.#uints[row * INTS + OFFSET] = offset;
    this.#shorts[row * SHORTS + OFFSET_HIGH] = offset / UINT32;
  }

  setFile(row: number, file: number): void {
    this.#shorts[row * SHORTS + FILE] = file;
  }

  /** Takes a row of another table. As integers: a double that is no number may lose its bits. */
  copy(row: number, from: Rows, fromRow: number): void {
    const to = this.ints;
    const { ints } = from;
    let target = row * INTS;
    const end = target + INTS;
    for (let source = fromRow * INTS; target < end; source++, target++) {
      to[target] = ints[source] as number;
    }
  }

  /** The first rows as bytes, to be written. */
  bytes(rows: number): Uint8Array {
    return this.#bytes.subarray(0, rows * ROW_BYTES);
  }

  /** Room for rows, as bytes to read into. */
  room(from: number, rows: number): Uint8Array {
    return this.#bytes.subarray(from * ROW_BYTES, (from + rows) * ROW_BYTES);
  }
}

/** Where a row's line stands. */
export const placeOf = (rows: Rows, row: number): LinePlace => ({
  file: rows.file(row),
  line: rows.line(row),
  offset: rows.offset(row),
});

/** Whether two rows name the same `client_id`; one that names none may be any. */
export function sameClient(rows: Rows, one: number, other: number): boolean {
  const [low, otherLow] = [rows.clientLow(one), rows.clientLow(other)];
  if (low === 0 || otherLow === 0) return true;
  return low === otherLow && rows.clientHigh(one) === rows.clientHigh(other);
}

/** Whether both rows name the one `client_id`. */
export const namesSameClient = (rows: Rows, one: number, other: number): boolean =>
  rows.hasClient(one) && rows.hasClient(other) && sameClient(rows, one, other);

/** What a process says of itself when it starts or stops, and what it ran out of: beside its row. */
export interface ProcessNote {
  /** As JSON; undefined where the line has none. */
  log_schema?: string;
  /** wsdiag wrote the log, so it has all that wsdiag writes. */
  isOwn?: boolean;
  lines?: number;
  interrupted?: boolean;
  event_loop_delay_p99_ms?: number;
  /** Of a server that was started again: how long that took. */
  start_ms?: number;
  /** The system's code where a dial failed for want of something: `EMFILE`. */
  exhausted?: string;
  /** Of a server's start, and of a fault that kills a server: which node of several that is. */
  node?: number;
  /** Of a fault that kills a server: a worker tells of it, by its own sessions. */
  isOfWorker?: boolean;
  /** What it says of a worker. */
  worker?: WorkerNote;
  /** Of a start or an end that its log does not tell, but the fault log of its run: whether it was killed. */
  told?: { isKilled: boolean };
}

/** Whether both rows name the same `document_id`. */
export const sameDocument = (rows: Rows, one: number, other: number): boolean =>
  rows.documentLow(one) !== 0 &&
  rows.documentLow(one) === rows.documentLow(other) &&
  rows.documentHigh(one) === rows.documentHigh(other);

export const documentKey = (rows: Rows, row: number): string =>
  `${rows.documentLow(row)} ${rows.documentHigh(row)}`;
