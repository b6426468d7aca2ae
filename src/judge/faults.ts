import type { Evidence } from '../model/findings.ts';
import type { LogRecord } from '../model/record.ts';

/** What a fault lets each side expect of the connection it hit. */
export interface Fault extends Evidence {
  client_close_code: number | null;
  server_close_code: number | null;
  half_open: boolean;
}

/** The faults of a run, as far as they reach beyond a single connection. */
export class Faults {
  /** When the server was killed, milliseconds since the epoch, one for each time. */
  readonly kills: number[] = [];
  /** Sessions whose frames were held back at some time. */
  readonly delayed = new Set<string>();
  #lastKill = '';

  add(record: LogRecord): Fault | undefined {
    const { event, file, line, fields } = record;
    if (event !== 'fault_injected') return undefined;
    if (fields.kills_server === true)
      this.#killed(`${record.stream} ${fields.occurrence}`, record.time);
    if (fields.delays_frames === true && record.session_id !== undefined) {
      this.delayed.add(record.session_id);
    }
    return {
      file,
      line,
      client_close_code: codeOf(fields.client_close_code),
      server_close_code: codeOf(fields.server_close_code),
      half_open: fields.half_open === true,
    };
  }

  /** Each session hit has a line; the first was written just before the kill. */
  #killed(occurrence: string, time: number): void {
    if (occurrence !== this.#lastKill) this.kills.push(time);
    this.#lastKill = occurrence;
  }
}

function codeOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
