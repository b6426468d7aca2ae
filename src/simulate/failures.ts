import { linesAt, type Source } from '../logs/index.ts';
import type { LinePlace, LogRecord } from '../model/record.ts';
import type { FailureReason } from '../model/result.ts';
import { EVENT, placeOf, type Rows } from '../model/rows.ts';

/** Each is a line to read again. */
const MAX_FAILURES = 20_000;
const MAX_REASONS = 20;
const MAX_REASON = 80;

/** `HTTP 503`, `ECONNREFUSED`; of a server, why it rejected. */
export function failureOf(record: LogRecord | undefined): string | undefined {
  const { http_status, error, reason } = record?.fields ?? {};
  if (typeof http_status === 'number') return `HTTP ${http_status}`;
  const why = error ?? reason;
  return typeof why === 'string' && why !== '' ? why.slice(0, MAX_REASON) : undefined;
}

/** The lines of clients that tell of a failed attempt. */
export class FailureLines {
  readonly #places: LinePlace[] = [];
  readonly #isClients: boolean[];

  constructor(sources: readonly Source[]) {
    this.#isClients = sources.map(({ log }) => log === 'client');
  }

  onRow(rows: Rows, row: number): void {
    if (rows.event(row) !== EVENT.connection_failed || !this.#isClients[rows.file(row)]) return;
    if (this.#places.length <= MAX_FAILURES) this.#places.push(placeOf(rows, row));
  }

  /** What they failed with, the most frequent first; undefined where there are none, or too many to tell. */
  async reasons(sources: readonly Source[]): Promise<FailureReason[] | undefined> {
    const places = this.#places;
    if (places.length === 0 || places.length > MAX_FAILURES) return undefined;
    const records = await linesAt(sources, places);
    const counts = new Map<string, number>();
    for (const record of records.values()) {
      const reason = failureOf(record);
      if (reason !== undefined) counts.set(reason, (counts.get(reason) ?? 0) + 1);
    }
    return [...counts]
      .map(([reason, attempts]) => ({ reason, attempts }))
      .sort((one, other) => other.attempts - one.attempts || (one.reason < other.reason ? -1 : 1))
      .slice(0, MAX_REASONS);
  }
}
