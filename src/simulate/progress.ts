import { ABNORMAL_CLOSURE } from '../core/close-codes.ts';
import type { WriteLog } from '../core/records.ts';

/** What there is to show while a run goes on. Not evidence: the verdict comes from the logs. */
export interface Progress {
  phase: 'running' | 'settling' | 'stopping';
  elapsedMs: number;
  totalMs: number;
  /** Tabs that are open. */
  tabs: number;
  connected: number;
  attempts: number;
  /** Connections that ended with 1006 so far. */
  drops: number;
  attemptsPerSecond: number;
  peakAttemptsPerSecond: number;
}

const BUCKET_MS = 100;
const BUCKETS_PER_SECOND = 1000 / BUCKET_MS;

/** Counts what passes into the client log. */
export class Counters {
  attempts = 0;
  connected = 0;
  drops = 0;
  tabs = 0;
  peakAttemptsPerSecond = 0;
  /** Attempts of the last second, in tenths. */
  readonly #buckets = new Array<number>(BUCKETS_PER_SECOND).fill(0);
  #bucket = 0;

  get attemptsPerSecond(): number {
    return this.#buckets.reduce((sum, count) => sum + count, 0);
  }

  /** Wraps a log so that its events are counted. */
  counting(write: WriteLog<'client'>): WriteLog<'client'> {
    return (event, fields) => {
      this.#count(event, fields);
      write(event, fields);
    };
  }

  /** Call every 100 ms. */
  tick(): void {
    this.peakAttemptsPerSecond = Math.max(this.peakAttemptsPerSecond, this.attemptsPerSecond);
    this.#bucket = (this.#bucket + 1) % BUCKETS_PER_SECOND;
    this.#buckets[this.#bucket] = 0;
  }

  #count(event: string, fields: object): void {
    switch (event) {
      case 'document_loaded':
        this.tabs += 1;
        break;
      case 'connection_attempt':
        this.attempts += 1;
        this.#buckets[this.#bucket] = (this.#buckets[this.#bucket] ?? 0) + 1;
        break;
      case 'connection_opened':
        this.connected += 1;
        break;
      case 'connection_closed':
        this.connected -= 1;
        if ((fields as { close_code: number }).close_code === ABNORMAL_CLOSURE) this.drops += 1;
        break;
      case 'document_unloaded':
        this.tabs -= 1;
        if ((fields as { client_id: string | null }).client_id !== null) this.connected -= 1;
        break;
    }
  }
}

export const TICK_MS = BUCKET_MS;
