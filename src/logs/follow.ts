import { type FSWatcher, watch } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { MAX_LINE_BYTES } from './chunk-memory.ts';
import { LogUnreadable, readingAsync } from './errors.ts';
import { GZIP_HEAD_BYTES, isGzip } from './gzip.ts';

/** Told of a log as it grows. */
export interface FollowVisitor {
  /** A whole line; null for one over the limit. `bytes` is valid during the call only. */
  onLine(bytes: Buffer | null): void;
  /** Some lines were handed out, and others may follow. */
  onChunk(): void;
  /** All that had been there was handed out; comes again whenever that is so. */
  onCaughtUp(): void;
  /**
   * From here on the lines are those of another file under the same name, or of the same file begun
   * again: then what was written to it just before may never have been read.
   */
  onReplaced(how: 'rotated' | 'cut'): void;
}

/** A log is looked at this often where the system does not tell of changes, as on network drives. */
const POLL_MS = 500;
/** What stands in a log at the signal is still read, if that takes no longer. */
const PATIENCE_MS = 1000;
const CHUNK_BYTES = 256 * 1024;
/** Bytes before the place read to, by which a file that was cut back and has grown again is known. */
const MARK_BYTES = 64;
const LINE_FEED = 0x0a;

/**
 * Follows a log until the signal: through its rotation by renaming or by cutting back, and from before
 * it exists.
 *
 * @param patienceMs for what had not been read when the signal came
 * @returns whether all that was written by then was read: not where the signal came in the midst of
 *   what stood there to begin with, and that was long
 * @throws LogUnreadable
 */
export async function follow(
  file: string,
  visitor: FollowVisitor,
  signal: AbortSignal,
  patienceMs = PATIENCE_MS,
): Promise<boolean> {
  let wake = () => {};
  const onAbort = () => wake();
  signal.addEventListener('abort', onAbort);
  const watcher = watchFor(file, () => wake());
  const follower = new Follower(file, visitor, signal);
  try {
    while (!signal.aborted) {
      // Before the look, so that a change in its midst leads to another.
      const change = new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, POLL_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      await follower.look();
      if (signal.aborted) wake();
      await change;
    }
    return await follower.finish(patienceMs);
  } finally {
    wake();
    watcher?.close();
    signal.removeEventListener('abort', onAbort);
    await follower.close();
  }
}

/**
 * Follows a pipe to its end, or to the signal.
 *
 * @returns what stands after the last line feed where it ended, else null
 */
export async function followStream(
  stream: Readable,
  visitor: FollowVisitor,
  signal: AbortSignal,
): Promise<{ rest: Buffer | null } | null> {
  const lines = new Lines(visitor);
  return new Promise((resolve, reject) => {
    const stop = (outcome: { rest: Buffer | null } | null) => {
      stream.off('data', onData).off('end', onEnd).off('error', reject);
      signal.removeEventListener('abort', onAbort);
      // Else a pipe that stays open would keep the process.
      stream.destroy();
      resolve(outcome);
    };
    const onData = (chunk: Buffer) => {
      lines.push(chunk);
      visitor.onChunk();
      visitor.onCaughtUp();
    };
    const onEnd = () => stop({ rest: lines.rest });
    const onAbort = () => stop(null);
    stream.on('data', onData).once('end', onEnd).once('error', reject);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
  });
}

/** One look at a time reads on, until the signal. Knows nothing of time or events. */
export class Follower {
  readonly #file: string;
  readonly #visitor: FollowVisitor;
  #signal: AbortSignal | undefined;
  #hasCaughtUp = false;
  readonly #lines: Lines;
  readonly #chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  #opened: { handle: FileHandle; ino: number; dev: number } | null = null;
  #position = 0;
  #mark = Buffer.alloc(0);

  constructor(file: string, visitor: FollowVisitor, signal?: AbortSignal) {
    this.#file = file;
    this.#visitor = visitor;
    this.#signal = signal;
    this.#lines = new Lines(visitor);
  }

  /** Hands out all lines that have come since. @throws LogUnreadable */
  async look(): Promise<void> {
    await readingAsync(this.#file, async () => {
      do {
        if (!this.#opened && !(await this.#open())) return;
        await this.#readOn();
      } while (await this.#moveOn());
    });
    if (this.#signal?.aborted) return;
    this.#hasCaughtUp = true;
    this.#visitor.onCaughtUp();
  }

  /** A last look, signal or not; for a moment only, where the log had not been read to its end before. */
  async finish(patienceMs: number): Promise<boolean> {
    const patience = () => (patienceMs > 0 ? AbortSignal.timeout(patienceMs) : AbortSignal.abort());
    this.#signal = this.#hasCaughtUp ? undefined : patience();
    await this.look();
    return this.#hasCaughtUp;
  }

  async close(): Promise<void> {
    await this.#opened?.handle.close();
    this.#opened = null;
  }

  async #open(): Promise<boolean> {
    const stats = await orNull(stat(this.#file));
    if (!stats) return false;
    if (stats.isDirectory())
      throw new LogUnreadable(this.#file, 'is a directory; name a log in it');
    const handle = await orNull(open(this.#file, 'r'));
    if (!handle) return false;
    const { ino, dev } = await handle.stat();
    this.#opened = { handle, ino, dev };
    const { buffer: head } = await handle.read({
      buffer: Buffer.alloc(GZIP_HEAD_BYTES),
      position: 0,
    });
    if (isGzip(head)) {
      throw new LogUnreadable(this.#file, 'is gzip: such a log does not grow; judge it with check');
    }
    this.#begin();
    return true;
  }

  async #readOn(): Promise<void> {
    const { handle } = this.#opened as { handle: FileHandle };
    if (await this.#wasCut(handle)) {
      this.#begin();
      this.#lines.drop();
      this.#visitor.onReplaced('cut');
    }
    while (!this.#signal?.aborted) {
      const { bytesRead } = await handle.read(this.#chunk, 0, CHUNK_BYTES, this.#position);
      if (bytesRead === 0) return;
      const read = this.#chunk.subarray(0, bytesRead);
      this.#position += bytesRead;
      this.#mark = Buffer.concat([this.#mark, read.subarray(-MARK_BYTES)]).subarray(-MARK_BYTES);
      this.#lines.push(read);
      this.#visitor.onChunk();
    }
  }

  /** It is shorter than what was read of it, or no longer has there what was read there. */
  async #wasCut(handle: FileHandle): Promise<boolean> {
    const { size } = await handle.stat();
    if (size <= this.#position) return size < this.#position;
    const now = Buffer.alloc(this.#mark.length);
    const { bytesRead } = await handle.read(now, 0, now.length, this.#position - now.length);
    return bytesRead < now.length || !now.equals(this.#mark);
  }

  /** Whether there is another file under the name by now; the one before is read to its end. */
  async #moveOn(): Promise<boolean> {
    if (!this.#opened || this.#signal?.aborted) return false;
    const { handle, ino, dev } = this.#opened;
    const stats = await orNull(stat(this.#file));
    // Until its first line comes, the log's writer may still have the one before.
    if (!stats || (stats.ino === ino && stats.dev === dev) || stats.size === 0) return false;
    await this.#readOn();
    await handle.close();
    this.#opened = null;
    this.#lines.end();
    this.#visitor.onReplaced('rotated');
    return true;
  }

  #begin(): void {
    this.#position = 0;
    this.#mark = Buffer.alloc(0);
  }
}

/** Lines of what comes in chunks. */
class Lines {
  readonly #visitor: Pick<FollowVisitor, 'onLine'>;
  #begun: Buffer[] = [];
  #bytes = 0;

  constructor(visitor: Pick<FollowVisitor, 'onLine'>) {
    this.#visitor = visitor;
  }

  /** What stands after the last line feed, cut at the limit; null where there is nothing. */
  get rest(): Buffer | null {
    return this.#bytes === 0 ? null : Buffer.concat(this.#begun);
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      this.#add(chunk.subarray(start, end));
      this.#hand();
      start = end + 1;
    }
    this.#add(chunk.subarray(start), true);
  }

  /** What has begun is a line as it is. */
  end(): void {
    if (this.#bytes > 0) this.#hand();
  }

  drop(): void {
    this.#begun = [];
    this.#bytes = 0;
  }

  #hand(): void {
    const [only = Buffer.alloc(0), ...more] = this.#begun;
    const bytes = more.length === 0 ? only : Buffer.concat(this.#begun);
    this.#visitor.onLine(this.#bytes > MAX_LINE_BYTES ? null : bytes);
    this.drop();
  }

  /** Of a line over the limit, the rest is counted and not held. */
  #add(bytes: Buffer, isKept = false): void {
    if (bytes.length === 0) return;
    this.#bytes += bytes.length;
    if (this.#bytes <= MAX_LINE_BYTES) this.#begun.push(isKept ? Buffer.from(bytes) : bytes);
  }
}

/** Null where there is no such file, yet or for the moment. */
async function orNull<T>(found: Promise<T>): Promise<T | null> {
  return found.catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
}

/** The directory tells of the file's coming and going too; where it can't be watched, a poll must do. */
function watchFor(file: string, changed: () => void): FSWatcher | null {
  const name = basename(file);
  try {
    const watcher = watch(dirname(file), (_, of) => {
      if (of === null || of === name) changed();
    });
    return watcher.on('error', () => watcher.close());
  } catch {
    return null;
  }
}
