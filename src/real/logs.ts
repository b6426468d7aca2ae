import fs from 'node:fs';
import pino from 'pino';
import type { LogEvents, LogName, WriteLog } from '../core/records.ts';

export interface LogOptions {
  /** Called once, with the first error of the file: ENOSPC, EFBIG, EIO. */
  onError(error: NodeJS.ErrnoException): void;
  /**
   * Characters to gather before they are written. 0 writes each line at once, so that a killed
   * process has told all it did.
   */
  gather?: number;
}

export interface Log<L extends LogName> {
  write: WriteLog<L>;
  /** Writes what is gathered, and closes the file. */
  close(): void;
}

/** How long a gathered line may wait before it can be seen in the file. */
const FLUSH_MS = 250;

/** Opens an NDJSON log at its end; throws the file system's error where it can't. */
export function openLog<L extends LogName>(file: string | number, options: LogOptions): Log<L> {
  const destination = new LogFile(file, options);
  const logger = pino({ base: null, timestamp: isoTime }, destination);
  // A child has its event serialised once, and not with each line.
  const loggers = new Map(
    Object.keys(MESSAGES).map((event) => [event, logger.child({ event })] as const),
  );
  return {
    write: (event, fields) => loggers.get(event)?.info(fields as object, MESSAGES[event]),
    close: () => destination.close(),
  };
}

/**
 * Where pino writes. Its own destination would tell nobody of a file that can't be opened, and sync
 * the disk at each flush.
 */
class LogFile {
  readonly #fd: number;
  readonly #options: Required<LogOptions>;
  readonly #timer: NodeJS.Timeout | undefined;
  #gathered = '';
  #failed = false;

  constructor(file: string | number, { gather = 0, onError }: LogOptions) {
    this.#fd = typeof file === 'number' ? file : fs.openSync(file, 'a');
    this.#options = { gather, onError };
    if (gather > 0) this.#timer = setInterval(() => this.#flush(), FLUSH_MS).unref();
  }

  write(line: string): void {
    this.#gathered += line;
    if (this.#gathered.length >= this.#options.gather) this.#flush();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#flush();
    if (this.#fd > 2) fs.closeSync(this.#fd);
  }

  #flush(): void {
    const bytes = Buffer.from(this.#gathered);
    this.#gathered = '';
    try {
      for (let written = 0; written < bytes.length && !this.#failed; ) {
        written += fs.writeSync(this.#fd, bytes, written);
      }
    } catch (error) {
      this.#failed = true;
      this.#options.onError(error as NodeJS.ErrnoException);
    }
  }
}

/** The same instant asks for the same text many times over. */
let lastTime = 0;
let lastText = '';
function isoTime(): string {
  const now = Date.now();
  if (now !== lastTime) {
    lastTime = now;
    lastText = `,"time":"${new Date(now).toISOString()}"`;
  }
  return lastText;
}

const MESSAGES: Record<string, string> = {
  server_started: 'server started',
  server_stopped: 'server stopped',
  client_started: 'clients started',
  client_stopped: 'clients stopped',
  session_started: 'session started',
  sequence_advanced: 'sequence moved ahead to what the server has seen',
  document_loaded: 'document loaded',
  document_unloaded: 'document unloaded',
  connection_attempt: 'dialling',
  connection_opened: 'connection opened',
  connection_failed: 'connection failed',
  connection_closed: 'connection closed',
  handshake_rejected: 'handshake rejected',
  fault_injected: 'fault injected',
} satisfies Record<keyof (LogEvents['server'] & LogEvents['client'] & LogEvents['faults']), string>;
