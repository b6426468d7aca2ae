import type { LogName } from '../core/records.ts';
import { durationOf, type LogRecord, type Row } from '../model/record.ts';
import { DURATION_PRECISION_MS, LogFacts, type StreamFacts } from './log-facts.ts';

/** Starts this close together may be out of order by the rounding of times and durations alone. */
export const START_PRECISION_MS = 10;

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
  return { log, stream, time, duration_seconds: durationOf(fields.duration_seconds) };
}

function mayHaveBegun(
  { time, duration_seconds: seconds }: End,
  begun: number | undefined,
): boolean {
  if (begun === undefined) return false;
  return Number.isNaN(seconds) || time - seconds * 1000 <= begun + DURATION_PRECISION_MS;
}

/** What there is in the logs at all: which checks can run, and how, depends on it. Folds over rows. */
export class Facts {
  readonly logs: ReadonlySet<LogName>;
  /** Whether any line of the logs has one. */
  clientIds = false;
  /** The server tells which document opened a connection. */
  serverDocuments = false;
  /** A tab's last line tells of a page that was there to the end. */
  tabEnds = false;
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
    if (row.event === 'connection_opened') {
      this.serverDocuments ||= row.log === 'server' && row.document_hash !== 0;
    } else if (row.event === 'document_unloaded') {
      this.tabEnds ||= row.record?.fields.reason === 'end';
    }
  }

  has(log: LogName, event: string): boolean {
    return this.#of[log].events.has(event);
  }

  /** A server logs what it opens; of some servers there are `connection_closed` only. */
  get serverOpens(): boolean {
    return this.#of.server.some(({ opens }) => opens);
  }

  /** Whether that very log of a server tells of what it opens. */
  tellsOpens(stream = 0): boolean {
    return this.#of.server.streams.get(stream)?.opens === true;
  }

  /** Whether every server does. */
  get allServersOpen(): boolean {
    return this.#closesOnly('server').length === 0;
  }

  /** Some server's opens and closes may be in two logs; of each session `Connections` know. */
  get mayBeSplit(): boolean {
    return this.#of.server.mayBeSplit;
  }

  /** Whether connections of more than one server are told of. */
  get severalServers(): boolean {
    const { streams, mayBeSplit } = this.#of.server;
    const telling = [...streams.values()].filter(
      ({ hasOpened, closed }) => hasOpened || (!mayBeSplit && closed > 0),
    );
    return telling.length > 1;
  }

  /** Connections that only their closes tell of, and those without a duration, so without an order. */
  closesAlone(log: 'server' | 'client'): { closed: number; untimed: number } {
    const streams = this.#closesOnly(log);
    const sum = (of: 'closed' | 'untimed') => streams.reduce((all, stream) => all + stream[of], 0);
    return { closed: sum('closed'), untimed: sum('untimed') };
  }

  #closesOnly(log: 'server' | 'client'): StreamFacts[] {
    const othersTell = log === 'server' ? this.mayBeSplit : this.clientAttempts || this.clientOpens;
    if (othersTell) return [];
    return [...this.#of[log].streams.values()].filter(({ closed, opens }) => closed > 0 && !opens);
  }

  /** How far apart, in milliseconds, two starts have to be to have an order: they are reckoned from closes. */
  startPrecisionMs({ log, stream = 0 }: Pick<LogRecord, 'log' | 'stream'>): number {
    const { timeUnit = 1, durationUnit = 1 } = this.#of[log].streams.get(stream) ?? {};
    return Math.max(START_PRECISION_MS, timeUnit + durationUnit);
  }

  /** The client logs each attempt, and each welcome; some log `connection_closed` only. */
  get clientAttempts(): boolean {
    return this.has('client', 'connection_attempt') || this.has('client', 'client_started');
  }

  get clientOpens(): boolean {
    return this.has('client', 'connection_opened') || this.has('client', 'client_started');
  }

  /** One client's log tells of attempts, or of welcomes, and another's would not. */
  get clientsDiffer(): boolean {
    return this.#of.client.some(
      ({ attempts, opens, openedAgain, closedOwn }) =>
        (this.clientAttempts && !attempts && (openedAgain || closedOwn)) ||
        (this.clientOpens && !opens && closedOwn),
    );
  }

  /** The client tells when a page loads, and when it goes. */
  get clientDocuments(): boolean {
    const tellsGone =
      this.has('client', 'document_unloaded') || this.has('client', 'client_started');
    return tellsGone && this.has('client', 'document_loaded');
  }

  /** A server's process is known to have begun and ended, so what it had open is over. */
  get serverEnds(): boolean {
    return this.#of.server.some(({ hasEnded }) => hasEnded);
  }

  /** Every client is known to have ended. */
  get clientEnds(): boolean {
    return this.#of.client.every(({ hasStopped }) => hasStopped);
  }

  /** Whether all its logs begin with their processes, as wsdiag's own do. */
  isBounded(log: LogName): boolean {
    return this.#of[log].every(({ begun }) => begun === undefined);
  }

  /**
   * Whether what ended there may have begun before the log did: a log that doesn't begin with the start
   * of its process begins in the middle of things.
   */
  mayHaveBegunBefore(end: End): boolean {
    return mayHaveBegun(end, this.#begunAt(end));
  }

  /** The same by the log itself, which is known as soon as its first line is: no more is excused by it. */
  mayHaveBegunBeforeItsLog(end: End): boolean {
    return mayHaveBegun(end, this.#of[end.log].streams.get(end.stream ?? 0)?.begun);
  }

  /** Closes without opens of their own have these in another log, which may begin later. */
  #begunAt({ log, stream = 0 }: End): number | undefined {
    const { streams, mayBeSplit } = this.#of[log];
    const own = streams.get(stream);
    if (own?.begun === undefined || own.opens || !mayBeSplit) return own?.begun;
    const openers = [...streams.values()].filter(({ hasOpened, closed }) => hasOpened && !closed);
    return Math.max(own.begun, ...openers.map(({ begun = 0 }) => begun));
  }
}
