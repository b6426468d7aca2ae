import { Changes } from './changes.ts';
import { IdTable } from './id-table.ts';
import { EVENT, type Rows, SESSION_REASONS, UNLOAD_REASONS } from './rows.ts';

/** Recovery times that are kept to the millisecond; what differs from all of them is, to 1 in 1,000. */
const MAX_EXACT = 100_000;

const [CLOSE, END, GAVE_UP] = (['close', 'end', 'gave-up'] as const).map((reason) =>
  UNLOAD_REASONS.indexOf(reason),
);
/** The next page of the tab follows at once. */
export const MOVE_REASONS = ['reload', 'navigate'] as const;
const MOVES: ReadonlySet<number> = new Set(
  MOVE_REASONS.map((reason) => UNLOAD_REASONS.indexOf(reason)),
);
const STORAGE_FAILED: ReadonlySet<number> = new Set(
  (['storage-invalid', 'storage-cleared'] as const).map((reason) =>
    SESSION_REASONS.indexOf(reason),
  ),
);

/** A session that is down: since when, and under which document. */
interface Loss {
  since: number;
  /** Whose clock that is by. */
  clock: number;
  documentLow: number;
  documentHigh: number;
}

/** A connection lost while its tab stayed open, until the session's next welcome. Folds over clients' rows. */
export class Losses {
  total = 0;
  #peakDown = 0;
  #clock = -1;
  #areSeveral = false;
  readonly #changes: Changes | undefined;
  /** How often it took so many milliseconds from a loss to the next welcome. */
  readonly recoveriesMs = new Map<number, number>();
  readonly #sessions = new IdTable();
  /** By session; sparse, for most are connected. */
  readonly #down = new Map<number, Loss>();
  /** By session: the open connection that its server gave no name. */
  readonly #nameless = new Map<number, number>();
  /** Sessions not connected when the run ended around their open tab. */
  readonly #unrecovered = new Set<number>();
  /** Sessions whose page gave up, and that no page has connected since. */
  readonly #givenUp = new Set<number>();

  /** @param areSeveral logs with one clock are read one after the other */
  constructor(areSeveral = false) {
    this.#changes = areSeveral ? new Changes() : undefined;
  }

  /** Most sessions down at once; null by several clocks, which are not compared. */
  get peakDown(): number | null {
    if (this.#areSeveral) return null;
    return this.#changes ? this.#changes.peak() : this.#peakDown;
  }

  get unrecovered(): number {
    return this.#unrecovered.size;
  }

  get givenUp(): number {
    return this.#givenUp.size;
  }

  /** @param clock whose clock its time is by */
  onRow(rows: Rows, row: number, clock = 0): void {
    if (clock !== this.#clock) {
      this.#areSeveral ||= this.#clock >= 0;
      this.#clock = clock;
    }
    switch (rows.event(row)) {
      case EVENT.connection_closed:
        this.#lost(rows, row);
        break;
      case EVENT.connection_opened:
        if (this.#down.size > 0 || this.#givenUp.size > 0) this.#recovered(rows, row);
        if (!rows.hasClient(row) && rows.hasSession(row)) this.#openedNameless(rows, row);
        break;
      case EVENT.document_unloaded:
        this.#unloaded(rows, row);
        break;
      case EVENT.session_started:
        if (this.#down.size > 0) this.#moved(rows, row);
    }
  }

  #openedNameless(rows: Rows, row: number): void {
    const session = this.#sessions.add(rows.sessionLow(row), rows.sessionHigh(row));
    this.#nameless.set(session, rows.sequence(row));
  }

  #lost(rows: Rows, row: number): void {
    if (!rows.hasSession(row)) return;
    this.total += 1;
    const session = this.#sessions.add(rows.sessionLow(row), rows.sessionHigh(row));
    this.#nameless.delete(session);
    if (!this.#down.has(session)) {
      this.#down.set(session, {
        since: rows.time(row),
        clock: this.#clock,
        documentLow: rows.documentLow(row),
        documentHigh: rows.documentHigh(row),
      });
      this.#changes?.add(rows.time(row), true);
    }
    this.#peakDown = Math.max(this.#peakDown, this.#down.size);
  }

  #recovered(rows: Rows, row: number): void {
    const session = this.#sessions.find(rows.sessionLow(row), rows.sessionHigh(row));
    this.#givenUp.delete(session);
    const loss = this.#down.get(session);
    if (!loss) return;
    this.#isUp(session, rows.time(row));
    if (loss.clock !== this.#clock) return;
    const ms = Math.max(0, rows.time(row) - loss.since);
    const counts = this.recoveriesMs;
    const kept = counts.has(ms) || counts.size < MAX_EXACT ? ms : Number(ms.toPrecision(3));
    counts.set(kept, (counts.get(kept) ?? 0) + 1);
  }

  #unloaded(rows: Rows, row: number): void {
    if (!rows.hasSession(row)) return;
    const reason = rows.detail(row);
    const session = this.#sessions.add(rows.sessionLow(row), rows.sessionHigh(row));
    const isNamed = rows.hasClient(row) || this.#nameless.get(session) === rows.sequence(row);
    const isConnected = rows.sequence(row) !== 0 && isNamed;
    if (MOVES.has(reason) && isConnected) this.#lost(rows, row);
    if (reason === CLOSE || reason === GAVE_UP) this.#isUp(session, rows.time(row));
    if (reason === GAVE_UP) this.#givenUp.add(session);
    if (reason === END && !isConnected) this.#unrecovered.add(session);
  }

  #isUp(session: number, time: number): void {
    if (this.#down.delete(session)) this.#changes?.add(time, false);
  }

  /** A document that takes up another session takes its loss along. */
  #moved(rows: Rows, row: number): void {
    const parent = this.#sessions.find(rows.clientLow(row), rows.clientHigh(row));
    const loss = this.#down.get(parent);
    if (!loss || !rows.hasSession(row)) return;
    const isSameDocument =
      loss.documentLow === rows.documentLow(row) && loss.documentHigh === rows.documentHigh(row);
    if (!STORAGE_FAILED.has(rows.detail(row)) && !isSameDocument) return;
    this.#down.delete(parent);
    const session = this.#sessions.add(rows.sessionLow(row), rows.sessionHigh(row));
    this.#isUp(session, rows.time(row));
    this.#down.set(session, loss);
  }
}
