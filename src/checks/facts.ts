import type { LogName, LogRecord, Row } from '../core/records.ts';

/** Durations may be logged in whole seconds. */
const DURATION_PRECISION_MS = 1000;

/** The end of a connection. */
export interface End {
  log: LogName;
  stream?: number;
  /** Milliseconds since the epoch. */
  time: number;
  /** NaN where it is not known. */
  duration_seconds: number;
}

export function endOf({ log, stream, time, fields }: LogRecord): End {
  const { duration_seconds: duration } = fields;
  return {
    log,
    stream,
    time,
    duration_seconds: typeof duration === 'number' ? duration : Number.NaN,
  };
}

/** What there is in the logs at all: which checks can run, and how, depends on it. Folds over rows. */
export class Facts {
  readonly logs: ReadonlySet<LogName>;
  /** Whether any line of the logs has one. */
  durations = false;
  clientIds = false;
  documents = false;
  readonly #of: Record<LogName, LogFacts> = {
    server: new LogFacts(),
    client: new LogFacts(),
    faults: new LogFacts(),
  };

  constructor(logs: ReadonlySet<LogName>) {
    this.logs = logs;
  }

  onRow(row: Row): void {
    this.#of[row.log].onRow(row);
    this.clientIds ||= row.client_hash !== 0;
    this.documents ||= row.document_hash !== 0;
    this.durations ||= !Number.isNaN(row.duration_seconds);
  }

  has(log: LogName, event: string): boolean {
    return this.#of[log].events.has(event);
  }

  /** A server logs what it opens; of some servers there are `connection_closed` only. */
  get serverOpens(): boolean {
    return this.#of.server.openers.size > 0;
  }

  /** Whether that server does. One that has opens and closes in two logs has what it opens in the other. */
  opensOf(stream = 0): boolean {
    return this.#of.server.openers.has(stream) || this.#of.server.isSplit;
  }

  /** Whether every server does. */
  get allServersOpen(): boolean {
    return [...this.#of.server.closers].every((stream) => this.opensOf(stream));
  }

  /** Whether connections of more than one server are told of. */
  get severalServers(): boolean {
    const { opened, closers, isSplit } = this.#of.server;
    return (isSplit ? opened : new Set([...opened, ...closers])).size > 1;
  }

  /** The client logs each attempt, and each welcome; some log `connection_closed` only. */
  get clientAttempts(): boolean {
    return this.has('client', 'connection_attempt') || this.has('client', 'client_started');
  }

  get clientOpens(): boolean {
    return this.has('client', 'connection_opened') || this.has('client', 'client_started');
  }

  /** A server's process is known to have ended, so what it had open is over. */
  get serverEnds(): boolean {
    return this.has('server', 'server_stopped') || this.#of.server.restarts > 0;
  }

  /** Every client is known to have ended. */
  get clientEnds(): boolean {
    return this.#of.client.hasEnded;
  }

  /** Whether the log tells where its processes began or ended, as wsdiag's own do. */
  isBounded(log: LogName): boolean {
    return this.has(log, `${log}_started`) || this.has(log, `${log}_stopped`);
  }

  /**
   * Whether what ended there may have begun before the log did: a log that doesn't begin with the start
   * of its process begins in the middle of things.
   */
  mayHaveBegunBefore({ log, stream = 0, time, duration_seconds: duration }: End): boolean {
    const begun = this.#of[log].begunAt(stream);
    if (begun === undefined) return false;
    return Number.isNaN(duration) || time - duration * 1000 <= begun + DURATION_PRECISION_MS;
  }
}

class LogFacts {
  readonly events = new Set<string>();
  /** Streams that tell of what was opened, or would have; those that told of it; and of what closed. */
  readonly openers = new Set<number>();
  readonly opened = new Set<number>();
  readonly closers = new Set<number>();
  /** Starts of a process after another had started. */
  restarts = 0;
  readonly #ended = new Set<number>();
  #lastEvent = '';
  #lastStream = -1;
  /** When each stream begins that does so in the middle of things. */
  readonly #begun = new Map<number, number>();
  readonly #streams = new Set<number>();

  onRow({ log, event, stream, time }: Row): void {
    if (stream !== this.#lastStream) this.#onStream(log, stream, event, time);
    if (event === this.#lastEvent) return;
    if (event === 'server_started' && this.events.has(event)) this.restarts += 1;
    if (event === `${log}_stopped`) this.#ended.add(stream);
    if (event === 'connection_opened' || event === `${log}_started`) this.openers.add(stream);
    if (event === 'connection_opened') this.opened.add(stream);
    if (event === 'connection_closed') this.closers.add(stream);
    this.events.add(event);
    this.#lastEvent = event;
  }

  /** Every one of its processes is known to have ended. */
  get hasEnded(): boolean {
    return this.#ended.size > 0 && this.#ended.size === this.#streams.size;
  }

  /** Opens are in one log, and closes in another. */
  get isSplit(): boolean {
    return [...this.opened].some((stream) => !this.closers.has(stream));
  }

  begunAt(stream: number): number | undefined {
    return this.#begun.get(stream);
  }

  #onStream(log: LogName, stream: number, event: string, time: number): void {
    this.#lastStream = stream;
    this.#lastEvent = '';
    if (this.#streams.has(stream)) return;
    this.#streams.add(stream);
    if (event !== `${log}_started`) this.#begun.set(stream, time);
  }
}
