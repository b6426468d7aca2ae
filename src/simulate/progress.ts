import type { WriteLog } from '../core/records.ts';
import { MOVE_REASONS } from '../model/losses.ts';

/** What there is to show while a run goes on. Not evidence: the verdict comes from the logs. */
export interface Progress {
  phase: 'running' | 'settling' | 'stopping';
  elapsedMs: number;
  totalMs: number;
  /** Tabs that are open. */
  tabs: number;
  connected: number;
  attempts: number;
  /** Connections that were lost while their tab stayed open, so far. */
  losses: number;
  attemptsPerSecond: number;
  peakAttemptsPerSecond: number;
}

/** By these, a connection is lost with its page; else its close is told. */
const MOVES: ReadonlySet<string> = new Set(MOVE_REASONS);

const TENTH_MS = 100;
const TENTHS = 1000 / TENTH_MS;

/** Counts what passes into the client log. */
export class Counters {
  attempts = 0;
  losses = 0;
  /** Those that are there, and those of them that are connected: one that crashed is told of without its state. */
  readonly #documents = new Set<string>();
  readonly #connected = new Set<string>();
  /** By session: the one that loaded last. */
  readonly #latest = new Map<string, string>();
  readonly #now: () => number;
  /** Attempts of the last second, in tenths by the clock: a timer that is late makes no second longer. */
  readonly #tenths = new Array<number>(TENTHS).fill(0);
  #tenth: number;
  #peak = 0;

  /** @param now milliseconds that never go back */
  constructor(now = () => performance.now()) {
    this.#now = now;
    this.#tenth = Math.floor(now() / TENTH_MS);
  }

  get tabs(): number {
    return this.#documents.size;
  }

  get connected(): number {
    return this.#connected.size;
  }

  get attemptsPerSecond(): number {
    this.#advance();
    return this.#sum();
  }

  /** At most what the log shows: it looks at whole tenths alone. */
  get peakAttemptsPerSecond(): number {
    return Math.max(this.#peak, this.attemptsPerSecond);
  }

  /** Wraps a log so that its events are counted. */
  counting(write: WriteLog<'client'>): WriteLog<'client'> {
    return (event, fields) => {
      this.#count(event, fields);
      write(event, fields);
    };
  }

  #sum(): number {
    return this.#tenths.reduce((sum, count) => sum + count, 0);
  }

  #advance(): void {
    const tenth = Math.floor(this.#now() / TENTH_MS);
    if (tenth === this.#tenth) return;
    this.#peak = Math.max(this.#peak, this.#sum());
    const first = Math.max(this.#tenth + 1, tenth - TENTHS + 1);
    for (let at = first; at <= tenth; at += 1) this.#tenths[at % TENTHS] = 0;
    this.#tenth = tenth;
  }

  #count(event: string, fields: object): void {
    const { document_id, session_id } = fields as { document_id: string; session_id: string };
    switch (event) {
      case 'document_loaded':
        // Of one that was killed, no line need tell.
        this.#forget(this.#latest.get(session_id));
        this.#latest.set(session_id, document_id);
        this.#documents.add(document_id);
        break;
      case 'connection_attempt':
        this.attempts += 1;
        this.#advance();
        this.#tenths[this.#tenth % TENTHS] = (this.#tenths[this.#tenth % TENTHS] ?? 0) + 1;
        break;
      case 'connection_opened':
        this.#documents.add(document_id);
        this.#connected.add(document_id);
        break;
      case 'connection_closed':
        this.#connected.delete(document_id);
        this.losses += 1;
        break;
      case 'document_unloaded':
        if (this.#connected.has(document_id) && MOVES.has((fields as { reason: string }).reason))
          this.losses += 1;
        this.#forget(document_id);
        break;
    }
  }

  #forget(documentId: string | undefined): void {
    if (documentId === undefined) return;
    this.#documents.delete(documentId);
    this.#connected.delete(documentId);
  }
}

/** How often progress is told of. */
export const TICK_MS = TENTH_MS;
