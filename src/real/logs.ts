import fs from 'node:fs';
import pino from 'pino';
import { EVENT_MESSAGES } from '../core/event-messages.ts';
import type { LogName, WriteLog } from '../core/records.ts';

export interface LogOptions {
  /** Called once, with the first error of the file: ENOSPC, EFBIG, EIO. */
  onError(error: NodeJS.ErrnoException): void;
  /** What lines have for the time, milliseconds since the epoch. Default: this machine's clock. */
  now?: (() => number) | undefined;
}

export interface Log<L extends LogName> {
  write: WriteLog<L>;
  /** Writes what is gathered. */
  flush(): void;
  /** Writes what is gathered, and closes the file. */
  close(): void;
}

/** How soon a pipe that was full is tried again. */
const RETRY_MS = 20;

/** Lines are gathered up to this many characters, and for this long, unless they are flushed. */
const GATHERED_CHARACTERS = 64 * 1024;
const FLUSH_MS = 250;

/** Opens an NDJSON log at its end; throws the file system's error where it can't. */
export function openLog<L extends LogName>(file: string | number, options: LogOptions): Log<L> {
  const destination = new LogFile(file, options);
  const logger = pino({ base: null, timestamp: isoTime(options.now ?? Date.now) }, destination);
  // A child has its event serialised once, and not with each line.
  const loggers = new Map(
    Object.keys(EVENT_MESSAGES).map((event) => [event, logger.child({ event })] as const),
  );
  let lines = 0;
  return {
    write: (event, fields) => {
      // So that a reader can tell whether any went missing.
      const counted = event.endsWith('_stopped') ? { ...fields, lines } : fields;
      loggers
        .get(event)
        ?.info(counted as object, EVENT_MESSAGES[event as keyof typeof EVENT_MESSAGES]);
      lines += 1;
    },
    flush: () => destination.flush(),
    close: () => destination.close(),
  };
}

/**
 * Where pino writes. Its own destination would tell nobody of a file that can't be opened, and sync
 * the disk at each flush.
 */
class LogFile {
  readonly #fd: number;
  readonly #options: LogOptions;
  readonly #timer: NodeJS.Timeout;
  #gathered = '';
  /** What a full pipe has not taken yet. */
  #unwritten: Buffer[] = [];
  #retry: NodeJS.Timeout | undefined;
  #failed = false;

  constructor(file: string | number, options: LogOptions) {
    this.#fd = typeof file === 'number' ? file : fs.openSync(file, 'a');
    this.#options = options;
    this.#timer = setInterval(() => this.flush(), FLUSH_MS).unref();
  }

  write(line: string): void {
    if (this.#failed) return;
    this.#gathered += line;
    if (this.#gathered.length >= GATHERED_CHARACTERS) this.flush();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#write();
    if (this.#fd > 2) fs.closeSync(this.#fd);
  }

  flush(): void {
    // A pipe that was full is not tried at each line.
    if (this.#retry === undefined) this.#write();
  }

  #write(): void {
    if (this.#gathered !== '') this.#unwritten.push(Buffer.from(this.#gathered));
    this.#gathered = '';
    try {
      for (let [bytes] = this.#unwritten; bytes; [bytes] = this.#unwritten) {
        const written = fs.writeSync(this.#fd, bytes);
        if (written === bytes.length) this.#unwritten.shift();
        else this.#unwritten[0] = bytes.subarray(written);
      }
    } catch (error) {
      this.#refused(error as NodeJS.ErrnoException);
    }
  }

  /** A pipe that is full will be read; until then the process has other things to do. */
  #refused(error: NodeJS.ErrnoException): void {
    if (error.code === 'EAGAIN') {
      this.#retry ??= setTimeout(() => {
        this.#retry = undefined;
        this.#write();
      }, RETRY_MS);
    } else {
      this.#failed = true;
      this.#unwritten = [];
      this.#options.onError(error);
    }
  }
}

/** The same instant asks for the same text many times over. */
function isoTime(clock: () => number): () => string {
  let lastTime = 0;
  let lastText = '';
  return () => {
    const now = clock();
    if (now !== lastTime) {
      lastTime = now;
      lastText = `,"time":"${new Date(now).toISOString()}"`;
    }
    return lastText;
  };
}
