import type { LogName } from '../core/records.ts';
import { ProcessStarts } from '../model/connections.ts';
import { IdTable } from '../model/id-table.ts';
import {
  documentKey,
  EVENT,
  FAULT_BITS,
  LOGS,
  type ProcessNote,
  type Rows,
  SESSION_REASONS,
  UNLOAD_REASONS,
} from '../model/rows.ts';
import { LossSeconds } from './activity/loss-seconds.ts';
import { Facts, type Kill } from './facts.ts';
import { Families } from './families.ts';
import { isOfConnection } from './sequence-missing.ts';
import { StreamFold } from './stream-facts.ts';

/** `client_id`s on lines without a number that are held; each such line is a finding by itself. */
const MAX_NUMBERLESS = 1_000_000;

const END = UNLOAD_REASONS.indexOf('end');
const NEW = SESSION_REASONS.indexOf('new');
const [SERVER, CLIENT, FAULTS] = [0, 1, 2];

/** A file that was read: whose log it is. */
export interface FileFacts {
  log: LogName;
  stream: number;
  /** The first stream whose clock its times are by, where that is not its own. */
  clock?: number | undefined;
  /** A server's log of one run: nothing that it tells of began before the log. */
  isOfRun?: boolean | undefined;
}

/** Folds over all rows of all logs, in the order in which they are read. */
export class FactsFold {
  readonly #logs: LogName[];
  readonly #files: { log: number; stream: number }[];
  /** By stream. */
  readonly #clocks: number[] = [];
  readonly #ofRun: ReadonlySet<number>;
  readonly #streams: (StreamFold | undefined)[] = [];
  readonly #events = LOGS.map(() => 0);
  readonly #families = new Families();
  /** By stream. */
  readonly #numberless: (IdTable | undefined)[] = [];
  readonly #kills = new Map<string, Kill>();
  /** Where a target's processes are told of, each kill is: a fault may have waited for its turn. */
  #targetKills: Kill[] | undefined;
  /** Documents that began a session as new; and those that did so again, and how often. */
  readonly #begun = new IdTable();
  readonly #begunAgain = new Map<string, number>();
  readonly #starts = new ProcessStarts();
  readonly #lossSeconds = new LossSeconds();
  #clientIds = false;
  #serverDocuments = false;
  #tabEnds = false;
  #file = -1;
  #log = SERVER;
  #streamIndex = -1;
  #stream: StreamFold | undefined;

  /** @param files by their index in rows */
  constructor(files: readonly FileFacts[]) {
    this.#logs = [...new Set(files.map(({ log }) => log))];
    this.#files = files.map(({ log, stream }) => ({ log: LOGS.indexOf(log), stream }));
    for (const { stream, clock = stream } of files) this.#clocks[stream] = clock;
    this.#ofRun = new Set(files.filter(({ isOfRun }) => isOfRun).map(({ stream }) => stream));
  }

  onRow(rows: Rows, row: number, note?: ProcessNote): void {
    if (rows.file(row) !== this.#file) this.#enterFile(rows, row, note);
    const event = rows.event(row);
    (this.#events[this.#log] as number) |= 1 << event;
    (this.#stream as StreamFold).onRow(rows, row, note);
    if (note) this.#starts.onRow(rows, row);
    if (event === EVENT.session_started) this.#onStart(rows, row);
    else if (event === EVENT.fault_injected) this.#onFault(rows, row, note);
    else if (event === EVENT.target_started) this.#targetKills ??= [];
    else if (event === EVENT.target_killed)
      this.#targetKills?.push({ time: rows.time(row), node: undefined });
    else this.#onOther(rows, row, event);
  }

  finish(): Facts {
    for (const stream of this.#ofRun) this.#streams[stream]?.isOfRun();
    return new Facts({
      logs: this.#logs,
      files: this.#files,
      clocks: this.#clocks,
      streams: this.#streams.map((fold) => fold?.facts),
      events: this.#events,
      clientIds: this.#clientIds,
      serverDocuments: this.#serverDocuments,
      tabEnds: this.#tabEnds,
      kills: this.#targetKills ?? [...this.#kills.values()],
      numberless: this.#numberless.map((ids) => ids?.halves()),
      linked: this.#families.finish(),
      begunAgain: this.#begunAgain,
      claims: new Map(),
      starts: this.#starts.positions,
      lossSeconds: this.#lossSeconds.finish(),
    });
  }

  #enterFile(rows: Rows, row: number, note: ProcessNote | undefined): void {
    this.#file = rows.file(row);
    const { log, stream } = this.#files[this.#file] as { log: number; stream: number };
    this.#log = log;
    this.#streamIndex = stream;
    if (this.#streams[stream] === undefined) {
      this.#streams[stream] = new StreamFold(log, rows, row, note);
      this.#numberless[stream] = new IdTable();
    }
    this.#stream = this.#streams[stream];
  }

  #onStart(rows: Rows, row: number): void {
    this.#families.onStart(rows, row);
    if (rows.detail(row) !== NEW || !rows.hasDocument(row)) return;
    const known = this.#begun.size;
    if (this.#begun.add(rows.documentLow(row), rows.documentHigh(row)) === known) return;
    const document = documentKey(rows, row);
    this.#begunAgain.set(document, (this.#begunAgain.get(document) ?? 1) + 1);
  }

  #onOther(rows: Rows, row: number, event: number): void {
    const log = this.#log;
    if (rows.hasClient(row)) {
      this.#clientIds = true;
      const isNumberless = rows.sequence(row) === 0 && isOfConnection(rows, row);
      if (isNumberless && log !== FAULTS) this.#onNumberless(rows, row);
    }
    if (event === EVENT.connection_opened) {
      if (log === SERVER) this.#serverDocuments ||= rows.hasDocument(row);
    } else if (event === EVENT.connection_closed) {
      this.#lossSeconds.onClosed(rows, row, this.#clocks[this.#streamIndex] as number);
    } else if (event === EVENT.document_unloaded && log === CLIENT) {
      this.#tabEnds ||= rows.detail(row) === END;
    }
  }

  #onNumberless(rows: Rows, row: number): void {
    const stream = this.#streamIndex;
    const ids = this.#numberless[stream];
    ids?.add(rows.clientLow(row), rows.clientHigh(row));
    if (ids && ids.size > MAX_NUMBERLESS) this.#numberless[stream] = undefined;
  }

  /**
   * Each session that a kill hit has a line; the first was written just before it. What workers write is of their
   * sessions: who killed has a line of its own.
   */
  #onFault(rows: Rows, row: number, note: ProcessNote | undefined): void {
    if ((rows.detail(row) & FAULT_BITS.kills_server) === 0 || note?.isOfWorker) return;
    const { stream } = this.#files[this.#file] as { stream: number };
    const key = `${stream} ${rows.value(row)}`;
    if (!this.#kills.has(key)) this.#kills.set(key, { time: rows.time(row), node: note?.node });
  }
}
