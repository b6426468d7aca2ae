import type { LogName } from '../core/records.ts';
import type { Doubt } from '../model/findings.ts';
import type { LinePlace } from '../model/record.ts';
import { EVENT, type ProcessNote, placeOf, type Rows } from '../model/rows.ts';
import type { Played, RunWorker, WorkerNote } from '../model/workers.ts';

/** A file that was read, and the run that it is of. */
export interface FileOfRun {
  log: LogName;
  /** Whose of several workers it is, from 1. */
  worker?: number | undefined;
  run: string;
}

/** A log of a worker that is not there. */
export interface MissingLog {
  run: string;
  log: 'client' | 'faults';
  worker: number;
}

/** The first line of a worker's log that says whose it is. */
export interface Mark {
  worker: number;
  /** Of a log of clients, whose lines name them. */
  share: { first_client: number; every: number } | null;
  place: LinePlace;
}

/** Workers, and faults, that are held: a hostile log has as many as it likes. */
const MAX_WORKERS = 10_000;
const MAX_MOMENTS = 100_000;

/** Lines that say whose a worker's log is. */
const MARKS: Partial<Record<LogName, number>> = {
  client: EVENT.session_started,
  faults: EVENT.fault_injected,
};

/** What the logs of runs tell of the workers that played their clients. */
export class WorkersFold {
  readonly #files: readonly FileOfRun[];
  readonly #runs = new Map<string, WorkersOfRun>();
  /** By file: it may tell of workers. */
  readonly #isRead: boolean[];
  /** By file: its first line that says whose it is. */
  readonly #marks = new Map<number, LinePlace>();

  /** @param files by their index in rows */
  constructor(files: readonly FileOfRun[]) {
    this.#files = files;
    this.#isRead = files.map(({ log, worker }) => log === 'faults' || worker !== undefined);
    for (const { log, run, worker } of files) {
      if (worker !== undefined) this.#of(run).withLogs.add(worker);
      else if (log === 'faults') this.#of(run).isCoordinated = true;
    }
  }

  onRow(rows: Rows, row: number, note: ProcessNote | undefined): void {
    const file = rows.file(row);
    if (!this.#isRead[file]) return;
    const { log, run, worker } = this.#files[file] as FileOfRun;
    const event = rows.event(row);
    const ofRun = this.#of(run);
    if (worker !== undefined && event === MARKS[log] && !this.#marks.has(file)) {
      this.#marks.set(file, placeOf(rows, row));
    }
    if (log === 'client') {
      if (event === EVENT.connection_attempt) ofRun.dialled(worker as number);
      return;
    }
    if (event === EVENT.fault_injected) ofRun.onFault(rows, row);
    if (worker !== undefined) return;
    ofRun.isWhole = event === EVENT.faults_stopped;
    if (note?.worker) ofRun.onNote(note.worker, placeOf(rows, row));
  }

  marks(): Mark[] {
    return [...this.#marks].flatMap(([file, place]): Mark[] => {
      const { log, run, worker = 0 } = this.#files[file] as FileOfRun;
      if (log === 'faults') return [{ worker, share: null, place }];
      const share = this.#of(run).joined.get(worker)?.note;
      return share ? [{ worker, share, place }] : [];
    });
  }

  /** undefined where one process played all. */
  finish(): Played | undefined {
    const runs = [...this.#runs.values()];
    const workers = runs.flatMap((run) => run.workers(this.#hasClients(run)));
    if (workers.length === 0) return undefined;
    const aparts = runs.flatMap(({ apart }) => apart ?? []);
    const apart = aparts.reduce<Played['apart']>(
      (most, one) => (most === null || one.apart_ms > most.apart_ms ? one : most),
      null,
    );
    return { workers, apart };
  }

  /** Logs of those that joined, which are not among those that were read. */
  missing(log: MissingLog['log']): MissingLog[] {
    return [...this.#runs].flatMap(([run, { joined }]) => {
      const there = this.#files.filter((file) => file.log === log && file.run === run);
      const known = new Set(there.map(({ worker }) => worker));
      return [...joined.keys()]
        .filter((worker) => !known.has(worker))
        .map((worker) => ({ run, log, worker }));
    });
  }

  /** @param skewMs by how much clocks may move */
  doubts(skewMs: number, fileOf: (file: number) => string): Doubt[] {
    return [...this.#runs.values()].flatMap((run) =>
      run.doubts(skewMs).map(({ code, place, value }): Doubt => {
        const where = place && { file: fileOf(place.file), line: place.line };
        return { code, where, value };
      }),
    );
  }

  #hasClients(run: WorkersOfRun): (worker: number) => boolean {
    const of = this.#files.filter(
      ({ log, run: name }) => log === 'client' && this.#of(name) === run,
    );
    const known = new Set(of.map(({ worker }) => worker));
    return (worker) => known.has(worker);
  }

  #of(run: string): WorkersOfRun {
    const known = this.#runs.get(run) ?? new WorkersOfRun();
    this.#runs.set(run, known);
    return known;
  }
}

interface Placed<W> {
  note: Extract<WorkerNote, { what: W }>;
  place: LinePlace;
}

interface RawDoubt {
  code: 'worker-lost' | 'worker-untold' | 'clocks-apart';
  place: LinePlace | null;
  value: string;
}

/** When a fault hit sessions, by the first line of each process that tells of it. */
interface Moment {
  first: number;
  last: number;
  file: number;
  processes: number;
  place: LinePlace;
}

class WorkersOfRun {
  readonly joined = new Map<number, Placed<'joined'>>();
  readonly #left = new Map<number, Placed<'left'>>();
  readonly #lost = new Map<number, Placed<'lost'>>();
  /** Workers of which there are logs. */
  readonly withLogs = new Set<number>();
  readonly #dials = new Map<number, number>();
  readonly #moments = new Map<number, Moment>();
  /** The coordinator's log is there, and ends as it should. */
  isCoordinated = false;
  isWhole = false;

  onNote(note: WorkerNote, place: LinePlace): void {
    if (this.joined.size + this.#left.size + this.#lost.size > MAX_WORKERS) return;
    if (note.what === 'joined') this.joined.set(note.worker, { note, place });
    else if (note.what === 'left') this.#left.set(note.worker, { note, place });
    else this.#lost.set(note.worker, { note, place });
  }

  dialled(worker: number): void {
    this.#dials.set(worker, (this.#dials.get(worker) ?? 0) + 1);
  }

  onFault(rows: Rows, row: number): void {
    const occurrence = rows.value(row);
    const [time, file] = [rows.time(row), rows.file(row)];
    const known = this.#moments.get(occurrence);
    if (known?.file === file || (!known && this.#moments.size >= MAX_MOMENTS)) return;
    this.#moments.set(occurrence, {
      first: Math.min(time, known?.first ?? time),
      last: Math.max(time, known?.last ?? time),
      file,
      processes: 1 + (known?.processes ?? 0),
      place: known?.place ?? placeOf(rows, row),
    });
  }

  get apart(): Played['apart'] {
    let most: Played['apart'] = null;
    for (const [occurrence, { first, last, processes, place }] of this.#moments) {
      if (processes < 2 || (most && last - first <= most.apart_ms)) continue;
      most = { apart_ms: last - first, occurrence, place };
    }
    return most;
  }

  workers(hasClients: (worker: number) => boolean): RunWorker[] {
    const all = [...this.joined.values()].map(({ note: { what: _, ...note } }): RunWorker => {
      const { worker } = note;
      return {
        ...note,
        clock_moved_ms: this.#moved(worker),
        lost: this.#lost.get(worker)?.note.reason ?? null,
        attempts: hasClients(worker) ? (this.#dials.get(worker) ?? 0) : null,
      };
    });
    return all.sort((one, other) => one.worker - other.worker);
  }

  #moved(worker: number): number | null {
    const before = this.joined.get(worker)?.note.clock_offset_ms;
    const after = this.#left.get(worker)?.note.clock_offset_ms ?? null;
    return before === undefined || after === null ? null : rounded(after - before);
  }

  doubts(skewMs: number): RawDoubt[] {
    const told = [...this.withLogs, ...this.#left.keys(), ...this.#lost.keys()];
    const strangers = [...new Set(told)].filter(
      (worker) => this.isCoordinated && !this.joined.has(worker),
    );
    return [
      ...[...this.joined.values()].flatMap((one) => this.#doubtsOf(one, skewMs)),
      ...strangers.map((worker): RawDoubt => {
        const place = this.#lost.get(worker)?.place ?? this.#left.get(worker)?.place ?? null;
        return {
          code: 'worker-untold',
          place,
          value: `${worker} played, and no line says who it was`,
        };
      }),
    ];
  }

  #doubtsOf({ note, place }: Placed<'joined'>, skewMs: number): RawDoubt[] {
    const lost = this.#lost.get(note.worker);
    const who = `${note.worker} (${note.name} on ${note.machine})`;
    if (lost) {
      const value = `${who} was lost, and with it ${clientsOf(note)}: ${whyLost(lost.note)}`;
      return [{ code: 'worker-lost', place: lost.place, value }];
    }
    const left = this.#left.get(note.worker);
    if (!left) {
      const value = `${who} joined, and neither left nor was lost`;
      return this.isWhole ? [{ code: 'worker-untold', place, value }] : [];
    }
    const how = clockTrouble(note, left.note, skewMs);
    return how === null
      ? []
      : [{ code: 'clocks-apart', place: left.place, value: `${who} ${how}` }];
  }
}

/** What keeps a worker's times from being held against others'. */
function clockTrouble(
  before: Placed<'joined'>['note'],
  after: Placed<'left'>['note'],
  skewMs: number,
): string | null {
  if (after.clock_offset_ms === null || after.clock_error_ms === null) {
    return 'could not be read again at its end';
  }
  const allowed = `more than the ${skewMs} ms that may be (skew)`;
  const error = Math.max(before.clock_error_ms, after.clock_error_ms);
  if (error > skewMs) return `is known to within ${rounded(error)} ms, ${allowed}`;
  const moved = Math.abs(after.clock_offset_ms - before.clock_offset_ms);
  const surely = moved - before.clock_error_ms - after.clock_error_ms;
  return surely > skewMs ? `moved by ${rounded(moved)} ms while it played, ${allowed}` : null;
}

const WHY_LOST = {
  gone: 'its connection went',
  silent: 'it no longer answered',
  failed: 'it failed',
};

const whyLost = ({ reason, error }: Placed<'lost'>['note']): string =>
  error === '' ? WHY_LOST[reason] : `${WHY_LOST[reason]} (${error})`;

/** `client-2, client-5 … client-2999 (1,000 clients)`. */
function clientsOf({ clients, first_client: first, every }: Placed<'joined'>['note']): string {
  const nth = (index: number) => `client-${first + index * every}`;
  if (clients === 0) return 'no client';
  if (clients <= 3) return Array.from({ length: clients }, (_, index) => nth(index)).join(', ');
  const count = clients.toLocaleString('en-US');
  return `${nth(0)}, ${nth(1)} … ${nth(clients - 1)} (${count} clients)`;
}

const rounded = (ms: number): number => Math.round(100 * ms) / 100;
