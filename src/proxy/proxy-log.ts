import { randomUUID } from 'node:crypto';
import { LOG_SCHEMA, type ServerEvents, type WriteLog } from '../core/records.ts';
import type { Log } from '../real/logs.ts';
import { WSDIAG_VERSION } from '../real/version.ts';

/** A server's events, without what a proxy can't know of them, and with what it did itself. */
export interface ProxyEvents {
  server_started: { url: string; upstream: string; log_schema: number; wsdiag_proxy: string };
  server_stopped: ProxyEvents['server_started'];
  connection_opened: Partial<Omit<ServerEvents['connection_opened'], 'session_verified'>> & {
    client_id: string;
    /** Why no session is known; left out where one is. */
    without_session?: string;
  };
  connection_closed: Partial<ServerEvents['connection_closed']> & {
    document_id?: string;
    fault?: string;
  };
  handshake_rejected: ServerEvents['handshake_rejected'] & { fault?: string };
}

export interface ProxyLogs {
  server: Log<'server'>;
  /** null: faults are logged nowhere. */
  faults: Log<'faults'> | null;
}

/** Writes both logs. */
export class ProxyLog {
  readonly #logs: ProxyLogs;
  readonly #about: ProxyEvents['server_started'];
  #isClosed = false;

  constructor(logs: ProxyLogs, addresses: { url: string; upstream: string }) {
    this.#logs = logs;
    this.#about = { ...addresses, log_schema: LOG_SCHEMA, wsdiag_proxy: WSDIAG_VERSION };
    this.write('server_started', this.#about);
    logs.faults?.write('faults_started', ABOUT_FAULTS);
  }

  now(): number {
    return performance.now();
  }

  newId(): string {
    return randomUUID();
  }

  write<E extends keyof ProxyEvents>(event: E, fields: ProxyEvents[E]): void {
    if (!this.#isClosed) this.#logs.server.write(event, fields as unknown as ServerEvents[E]);
  }

  readonly writeFault: WriteLog<'faults'> = (event, fields) => {
    if (!this.#isClosed) this.#logs.faults?.write(event, fields);
  };

  close(): void {
    this.write('server_stopped', this.#about);
    this.#isClosed = true;
    this.#logs.server.close();
    this.#logs.faults?.write('faults_stopped', ABOUT_FAULTS);
    this.#logs.faults?.close();
  }
}

const ABOUT_FAULTS = { wsdiag_version: WSDIAG_VERSION, log_schema: LOG_SCHEMA };
