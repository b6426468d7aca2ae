import type { LogRecord } from '../model/record.ts';
import { EVENT, type ProcessNote, Rows } from '../model/rows.ts';
import { checkOfLast, hashText } from './hash.ts';
import { OpenTable } from './open-table.ts';
import { hasUnusableNumber, noteOf } from './put-row.ts';

/** A session: halves of its hash, 0 and 0 for none, and its id where lines are text. */
interface Named {
  low: number;
  high: number;
  id?: string;
}

/** Lines in some form, and what they tell of the connections that they name. */
interface Form<L> {
  event(line: L): number;
  /** Halves of the hash of its `client_id`; 0 and 0 for none. */
  clientLow(line: L): number;
  clientHigh(line: L): number;
  sessionLow(line: L): number;
  sessionHigh(line: L): number;
  sessionId(line: L): string | undefined;
  /** 0 for none. */
  number(line: L): number;
  /** It has no number, and nothing in its place. */
  lacksNumber(line: L): boolean;
  /** The same line, with what it lacks. */
  named(line: L, session: Named, number: number): L;
  /** The line, to be handed on later. */
  kept(line: L): L;
}

/** Connections of one log that are open at once; a log with more is one without closes, and they are forgotten. */
const MAX_OPEN = 500_000;
/** Lines of one log that wait to be named; of more, they are handed on as they are. */
const MAX_WAITING = 100_000;
/** Connections that are remembered for other logs. */
const MAX_NAMES = 100_000;

/**
 * Gives lines of one log that name their connection alone the session and the number that another line of the same
 * connection has: its open or, where people log in after they connect, a later one. A `client_id` that is opened again
 * is that of a new connection.
 */
class Joins<L> {
  readonly #form: Form<L>;
  readonly #others: OtherLogs;
  readonly #emit: (line: L) => void;
  /** Connections that have not ended, and by their indexes what is known of them. */
  readonly #open = new OpenTable();
  readonly #sessionLows: number[] = [];
  readonly #sessionHighs: number[] = [];
  readonly #sessionIds: (string | undefined)[] = [];
  readonly #numbers: number[] = [];
  /** Lines of connections that no line has named so far. */
  readonly #waiting = new Map<number, L[]>();
  #waits = 0;
  /** Lines whose connection no other line of this log names. */
  #nameless: L[] = [];
  #namesSessions = false;

  constructor(form: Form<L>, others: OtherLogs, emit: (line: L) => void) {
    this.#form = form;
    this.#others = others;
    this.#emit = emit;
  }

  onLine(line: L): void {
    const form = this.#form;
    const event = form.event(line);
    if (form.clientLow(line) === 0 || !isOneOf(OF_CONNECTIONS, event)) {
      if (isOneOf(STARTS, event)) this.finish();
      this.#emit(line);
      return;
    }
    if (form.sessionLow(line) !== 0) this.#onNamed(line);
    if (event === EVENT.connection_opened) this.#onOpened(line);
    else this.#onOther(line, event);
  }

  /** None of the lines that came has to do with those that come. */
  finish(): void {
    const waiting = [...this.#waiting.values()].flat();
    this.#open.clear();
    this.#waiting.clear();
    this.#waits = 0;
    for (const line of waiting) this.#handOn(line);
  }

  /** All logs are read. A log that names no session takes what the others tell of its connections. */
  finishAll(): void {
    const form = this.#form;
    for (const line of this.#nameless) {
      const known = this.#namesSessions
        ? undefined
        : this.#others.of(this, form.clientLow(line), form.clientHigh(line));
      this.#emit(known ? this.#completed(line, known.session, known.number) : line);
    }
    this.#nameless = [];
  }

  #onNamed(line: L): void {
    const form = this.#form;
    this.#namesSessions = true;
    if (!this.#others.areThere) return;
    const id = [form.clientLow(line), form.clientHigh(line)] as const;
    this.#others.name(this, ...id, this.#sessionOf(line), form.number(line));
  }

  #onOpened(line: L): void {
    const form = this.#form;
    const index = this.#open.add(form.clientLow(line), form.clientHigh(line));
    this.#handOnAll(this.#taken(index));
    this.#sessionLows[index] = form.sessionLow(line);
    this.#sessionHighs[index] = form.sessionHigh(line);
    this.#sessionIds[index] = form.sessionId(line);
    this.#numbers[index] = form.number(line);
    if (form.sessionLow(line) === 0) this.#wait(index, line);
    else this.#emit(line);
    if (this.#open.size > MAX_OPEN) this.finish();
  }

  #onOther(line: L, event: number): void {
    const isNaming = event === EVENT.connection_named;
    const index = this.#open.find(this.#form.clientLow(line), this.#form.clientHigh(line));
    if (index >= 0) this.#onKnown(index, line, isNaming);
    else if (!isNaming) this.#handOn(line);
    if (index < 0 || !isOneOf(ENDS, event)) return;
    this.#handOnAll(this.#taken(index));
    this.#open.remove(index);
  }

  #onKnown(index: number, line: L, isNaming: boolean): void {
    const isNews = this.#sessionLows[index] === 0 && this.#form.sessionLow(line) !== 0;
    if (isNews) this.#learn(index, line);
    if (this.#sessionLows[index] === 0) this.#wait(index, line);
    else if (!isNaming) this.#emit(this.#completedBy(index, line));
    else if (isNews) this.#emit(line);
  }

  /** The line is the first that names the connection's session. */
  #learn(index: number, line: L): void {
    const form = this.#form;
    this.#sessionLows[index] = form.sessionLow(line);
    this.#sessionHighs[index] = form.sessionHigh(line);
    this.#sessionIds[index] = form.sessionId(line);
    this.#numbers[index] ||= form.number(line);
    for (const one of this.#taken(index)) this.#emit(this.#completedBy(index, one));
  }

  #completedBy(index: number, line: L): L {
    const form = this.#form;
    const number = this.#numbers[index] as number;
    const isWhole = form.sessionLow(line) !== 0 && (number === 0 || form.number(line) !== 0);
    if (isWhole) return line;
    const low = this.#sessionLows[index] as number;
    const high = this.#sessionHighs[index] as number;
    return this.#completed(line, { low, high, id: this.#sessionIds[index] }, number);
  }

  #completed(line: L, session: Named, number: number): L {
    const form = this.#form;
    const isNamed = form.sessionLow(line) !== 0;
    const isOf = !isNamed || isSame(session, form.sessionLow(line), form.sessionHigh(line));
    const known = isOf && form.lacksNumber(line) ? number : form.number(line);
    if (isNamed && known === form.number(line)) return line;
    return form.named(line, isNamed ? this.#sessionOf(line) : session, known);
  }

  #sessionOf(line: L): Named {
    const form = this.#form;
    return {
      low: form.sessionLow(line),
      high: form.sessionHigh(line),
      id: form.sessionId(line),
    };
  }

  #wait(index: number, line: L): void {
    const waiting = this.#waiting.get(index) ?? [];
    this.#waiting.set(index, waiting);
    waiting.push(this.#form.kept(line));
    this.#waits += 1;
    if (this.#waits > MAX_WAITING) this.finish();
  }

  #taken(index: number): L[] {
    if (this.#waits === 0) return NONE;
    const waiting = this.#waiting.get(index) ?? NONE;
    this.#waiting.delete(index);
    this.#waits -= waiting.length;
    return waiting;
  }

  #handOnAll(lines: readonly L[]): void {
    for (const line of lines) this.#handOn(line);
  }

  /** A line that no other of this log names: another log may. */
  #handOn(line: L): void {
    const mayBeNamed =
      this.#others.areThere && !this.#namesSessions && this.#form.sessionLow(line) === 0;
    if (mayBeNamed && this.#nameless.length < MAX_WAITING) {
      this.#nameless.push(this.#form.kept(line));
    } else this.#emit(line);
  }
}

const NONE: never[] = [];

const isSame = (session: Named, low: number, high: number): boolean =>
  session.low === low && session.high === high;

/** Events as bits: a set takes ten times as long to look into. */
const bitsOf = (...events: number[]) => events.reduce((bits, event) => bits | (1 << event), 0);
const STARTS = bitsOf(EVENT.server_started, EVENT.client_started);
const ENDS = bitsOf(EVENT.connection_closed, EVENT.connection_failed);
const OF_CONNECTIONS =
  ENDS |
  bitsOf(
    EVENT.connection_opened,
    EVENT.connection_attempt,
    EVENT.document_unloaded,
    EVENT.connection_named,
  );

const isOneOf = (events: number, event: number): boolean => ((events >> event) & 1) === 1;

/** What several logs tell of connections, for those that name no session. */
class OtherLogs {
  readonly areThere: boolean;
  /** By connection; null where two sessions have it, as where servers count their connections from 1. */
  readonly #names = new Map<string, { by: object; session: Named; number: number } | null>();

  constructor(logs: number) {
    this.areThere = logs > 1;
  }

  name(by: object, low: number, high: number, session: Named, number: number): void {
    const id = `${low} ${high}`;
    const known = this.#names.get(id);
    if (known === undefined) {
      if (this.#names.size < MAX_NAMES) this.#names.set(id, { by, session, number });
    } else if (known !== null && !isSame(known.session, session.low, session.high)) {
      this.#names.set(id, null);
    } else if (known?.number === 0) known.number = number;
  }

  of(asking: object, low: number, high: number) {
    const known = this.#names.get(`${low} ${high}`);
    return known && known.by !== asking ? known : undefined;
  }
}

interface RowAt {
  rows: Rows;
  row: number;
}

const ROWS: Form<RowAt> = {
  event: ({ rows, row }) => rows.event(row),
  clientLow: ({ rows, row }) => rows.clientLow(row),
  clientHigh: ({ rows, row }) => rows.clientHigh(row),
  sessionLow: ({ rows, row }) => rows.sessionLow(row),
  sessionHigh: ({ rows, row }) => rows.sessionHigh(row),
  sessionId: () => undefined,
  number: ({ rows, row }) => rows.sequence(row),
  lacksNumber: ({ rows, row }) => rows.sequence(row) === 0 && !rows.hasUnusableNumber(row),
  named(line, { low, high }, number) {
    const { rows, row } = line;
    if (!rows.hasSession(row)) rows.setNamedElsewhere(row);
    rows.setSession(row, low, high);
    rows.setSequence(row, number);
    return line;
  },
  kept({ rows, row }) {
    const kept = new Rows(1);
    kept.copy(0, rows, row);
    return { rows: kept, row: 0 };
  },
};

/** A record, and the halves of its ids' hashes. */
interface HashedRecord {
  record: LogRecord;
  client: Named;
  session: Named;
}

function hashed(record: LogRecord): HashedRecord {
  const halves = (id: string | undefined): Named => ({ low: hashText(id), high: checkOfLast() });
  return { record, client: halves(record.client_id), session: halves(record.session_id) };
}

const RECORDS: Form<HashedRecord> = {
  event: ({ record }) => EVENT[record.event as keyof typeof EVENT],
  clientLow: ({ client }) => client.low,
  clientHigh: ({ client }) => client.high,
  sessionLow: ({ session }) => session.low,
  sessionHigh: ({ session }) => session.high,
  sessionId: ({ record }) => record.session_id,
  number: ({ record }) => record.connection_sequence ?? 0,
  lacksNumber: ({ record }) =>
    record.connection_sequence === undefined && !hasUnusableNumber(record),
  named: ({ record, client }, session, number) => {
    const connection_sequence = number === 0 ? undefined : number;
    return { record: { ...record, session_id: session.id, connection_sequence }, client, session };
  },
  kept: (line) => line,
};

/** The logs of each stream, joined. What wsdiag wrote names all that it tells of. */
class JoinedLogs<L> {
  readonly #streams = new Map<number, Joins<L> | null>();
  readonly #make: () => Joins<L>;

  constructor(form: Form<L>, logs: number, emit: (line: L) => void) {
    const others = new OtherLogs(logs);
    this.#make = () => new Joins(form, others, emit);
  }

  /** undefined for a log of which nothing was read, null for one whose lines stand as they are. */
  of(stream: number): Joins<L> | null | undefined {
    return this.#streams.get(stream);
  }

  /** @param note of its first line */
  begin(stream: number, note: ProcessNote | undefined): Joins<L> | null {
    const joins = note?.isOwn ? null : this.#make();
    this.#streams.set(stream, joins);
    return joins;
  }

  finish(): void {
    for (const joins of this.#streams.values()) joins?.finish();
    for (const joins of this.#streams.values()) joins?.finishAll();
  }
}

type OnRow = (rows: Rows, row: number, note: ProcessNote | undefined) => void;

/** Hands on the rows of several logs, joined. @param logs how many there are */
export function joinedRows(onRow: OnRow, logs: number) {
  const line: RowAt = { rows: new Rows(0), row: 0 };
  const joined = new JoinedLogs(ROWS, logs, ({ rows, row }) => onRow(rows, row, undefined));
  let last = -1;
  let joins: Joins<RowAt> | null = null;
  return {
    onRow(rows: Rows, row: number, stream: number, note: ProcessNote | undefined): void {
      if (stream !== last) {
        const known = joined.of(stream);
        joins = known === undefined ? joined.begin(stream, note) : known;
        last = stream;
      }
      // What a process says of itself, or ran out of, is of no connection that others name.
      if (joins === null || note !== undefined) {
        if (isOneOf(STARTS, rows.event(row))) joins?.finish();
        onRow(rows, row, note);
        return;
      }
      line.rows = rows;
      line.row = row;
      joins.onLine(line);
    },
    finish: () => joined.finish(),
  };
}

/** The same of records. Lines that only name a session are none. */
export function joinedRecords(onRecord: (record: LogRecord) => void, logs: number) {
  const emit = (record: LogRecord) => {
    if (record.event !== 'connection_named') onRecord(record);
  };
  const joined = new JoinedLogs(RECORDS, logs, ({ record }) => emit(record));
  return {
    onRecord(record: LogRecord): void {
      const { stream = 0 } = record;
      const known = joined.of(stream);
      const joins = known === undefined ? joined.begin(stream, noteOf(record)) : known;
      if (joins === null) emit(record);
      else joins.onLine(hashed(record));
    },
    finish: () => joined.finish(),
  };
}
