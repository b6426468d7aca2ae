import fs from 'node:fs';
import pino from 'pino';
import type { LogEvents, LogName, WriteLog } from '../core/records.ts';

export interface LogOptions {
  /** Called once, with the first error of the file: ENOSPC, EFBIG, EIO. */
  onError(error: NodeJS.ErrnoException): void;
  /**
   * Bytes to gather before they are written, below 16 KiB. 0 writes each line at once, so that a killed process
   * has told all it did.
   */
  bufferBytes?: number;
}

export interface Log<L extends LogName> {
  write: WriteLog<L>;
  flush(): void;
  /** Flushes, and closes the file. */
  close(): void;
}

/** How long a gathered line may wait before it can be seen in the file. */
const FLUSH_MS = 250;

/** Opens an NDJSON log at its end; throws the file system's error where it can't. */
export function openLog<L extends LogName>(file: string | number, options: LogOptions): Log<L> {
  const { onError, bufferBytes = 0 } = options;
  // Opened here, because pino would report a failure to no one.
  const fd = typeof file === 'number' ? file : fs.openSync(file, 'a');
  const destination = pino.destination({ dest: fd, sync: true, minLength: bufferBytes });
  let failed = false;
  destination.on('error', (error: NodeJS.ErrnoException) => {
    if (!failed) onError(error);
    failed = true;
  });
  const logger = pino({ base: null, timestamp: isoTime }, destination);
  const flush = () => {
    if (!failed) destination.flushSync();
  };
  const timer = bufferBytes > 0 ? setInterval(flush, FLUSH_MS).unref() : undefined;
  return {
    write: (event, fields) => logger.info({ event, ...fields } as object, MESSAGES[event]),
    flush,
    close: () => {
      clearInterval(timer);
      flush();
      destination.end();
    },
  };
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
