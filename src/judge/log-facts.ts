import type { LogName } from '../core/records.ts';
import type { Row } from '../model/record.ts';

/** The coarsest unit that times and durations are logged in. */
const SECOND_MS = 1000;
/** Durations may be logged in whole seconds. */
export const DURATION_PRECISION_MS = 1000;
/** What binary fractions of a second are off by. */
const ROUNDING = 1e-6;

/** What there is in one log of one server, or of one client. Folds over its rows. */
export class StreamFacts {
  /** When the log begins, in milliseconds since the epoch, where that is in the middle of things. */
  begun: number | undefined;
  /** Its last process is known to have ended. */
  hasStopped = false;
  /** A process of which the beginning is known is known to have ended. */
  hasEnded = false;
  /** It tells of what was opened, or would have. */
  opens = false;
  /** It told of it. */
  hasOpened = false;
  /** The same of what was attempted; of clients. */
  attempts = false;
  /** It told of a connection, or of a second one of a session, that surely began after the log. */
  closedOwn = false;
  openedAgain = false;
  /** Lines of `connection_closed`, and of these the ones without a duration. */
  closed = 0;
  untimed = 0;
  /** Milliseconds: the units that all its times, and all its durations, are whole in. */
  timeUnit = SECOND_MS;
  durationUnit = SECOND_MS;
  #hasStarted = false;
  #firstOpened = -1;

  onRow({ event, time, session, duration_seconds: duration }: Row): void {
    if (this.timeUnit > 1) this.timeUnit = unitOf(time, this.timeUnit);
    if (event === 'connection_opened') {
      this.openedAgain ||= session === this.#firstOpened;
      if (!this.hasOpened) this.#firstOpened = session;
    }
    if (event !== 'connection_closed') return;
    this.closed += 1;
    if (time - duration * 1000 > (this.begun ?? 0) + DURATION_PRECISION_MS) this.closedOwn = true;
    if (Number.isNaN(duration)) this.untimed += 1;
    else if (this.durationUnit > 1) {
      this.durationUnit = unitOf(duration * 1000, this.durationUnit);
    }
  }

  onEvent(log: LogName, event: string): void {
    if (event === `${log}_started`) {
      this.hasEnded ||= this.#hasStarted;
      this.#hasStarted = true;
      this.hasStopped = false;
      this.opens = true;
      this.attempts = true;
    } else if (event === `${log}_stopped`) {
      this.hasEnded ||= this.#hasStarted;
      this.hasStopped = true;
    } else if (event === 'connection_opened') {
      this.opens = true;
      this.hasOpened = true;
    } else if (event === 'connection_attempt') {
      this.attempts = true;
    }
  }
}

/** The largest power of ten, up to `unit`, that the value is whole in; 1 where there is none. */
function unitOf(ms: number, unit: number): number {
  let largest = unit;
  while (largest > 1 && Math.abs(ms / largest - Math.round(ms / largest)) > ROUNDING) largest /= 10;
  return largest;
}

/** What there is in all logs of one kind. */
export class LogFacts {
  readonly events = new Set<string>();
  readonly streams = new Map<number, StreamFacts>();
  /** Those that have opened something and closed nothing, so far. */
  readonly #onlyOpening = new Set<number>();
  #stream = new StreamFacts();
  #lastStream = -1;
  #lastEvent = '';

  onRow(row: Row): void {
    const { log, event, stream } = row;
    if (stream !== this.#lastStream) this.#onStream(row);
    this.#stream.onRow(row);
    if (event === this.#lastEvent) return;
    this.#stream.onEvent(log, event);
    if (event === 'connection_closed') this.#onlyOpening.delete(stream);
    else if (event === 'connection_opened' && this.#stream.closed === 0)
      this.#onlyOpening.add(stream);
    this.events.add(event);
    this.#lastEvent = event;
  }

  some(holds: (stream: StreamFacts) => boolean): boolean {
    for (const stream of this.streams.values()) if (holds(stream)) return true;
    return false;
  }

  every(holds: (stream: StreamFacts) => boolean): boolean {
    return this.streams.size > 0 && !this.some((stream) => !holds(stream));
  }

  /** One log tells of opens alone: their closes may be in another. */
  get mayBeSplit(): boolean {
    return this.#onlyOpening.size > 0;
  }

  #onStream({ log, event, stream, time }: Row): void {
    this.#lastStream = stream;
    this.#lastEvent = '';
    const known = this.streams.get(stream);
    this.#stream = known ?? new StreamFacts();
    if (known) return;
    this.streams.set(stream, this.#stream);
    if (event !== `${log}_started`) this.#stream.begun = time;
  }
}
