import { EVENT_MESSAGES } from '../core/event-messages.ts';
import { LOG_SCHEMA, type ServerEvents } from '../core/records.ts';
import { type Logger, quietWriter } from './logger.ts';

/** One line, its event first; the logger adds the time. */
export interface Line {
  event: keyof ServerEvents;
  [field: string]: unknown;
}

/** By logger: several servers of an application may write with one, and its log begins and ends once. */
const journals = new WeakMap<Logger, Journal>();

/**
 * The lines of one logger, from `server_started` to `server_stopped`.
 *
 * @throws TypeError where it is no logger
 */
export function journalOf(logger: Logger): Journal {
  const known = typeof logger === 'object' && logger !== null ? journals.get(logger) : undefined;
  const journal = known ?? new Journal(logger);
  journals.set(logger, journal);
  return journal;
}

export class Journal {
  readonly #logger: Logger;
  readonly #write: ReturnType<typeof quietWriter>;
  /** Lines before the next one, as `server_stopped` tells them. */
  #lines = 0;
  /** Servers that listen, or have connections. */
  #running = 0;
  #about: object = {};

  constructor(logger: Logger) {
    this.#logger = logger;
    this.#write = quietWriter(logger);
  }

  write(line: Line): void {
    this.#write(line, EVENT_MESSAGES[line.event]);
    this.#lines += 1;
  }

  /** @param url where the server listens; null where that is not known */
  start(url: string | null): void {
    this.#running += 1;
    if (this.#running > 1) return;
    this.#lines = 0;
    this.#about = { ...(url !== null && { url }), log_schema: LOG_SCHEMA };
    this.write({ event: 'server_started', ...this.#about });
  }

  stop(): void {
    this.#running -= 1;
    if (this.#running > 0) return;
    const lines = this.#lines;
    this.write({ event: 'server_stopped', ...this.#about, event_loop_delay_p99_ms: null, lines });
  }

  /** A server goes whose connections are open: the log has no end, and who comes next begins anew. */
  leave(): void {
    journals.delete(this.#logger);
  }
}
