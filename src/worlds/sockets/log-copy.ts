import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 100;
const QUIET_MS = 300;
/** One that is never quiet is not waited for any longer. */
const PATIENCE_MS = 5000;
const CHUNK_BYTES = 256 * 1024;

/** Copies what is appended to a file from now on, through rotations by renaming and by truncating. */
export class LogCopy {
  readonly #file: string;
  readonly #append: (bytes: Buffer) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #chunk = Buffer.alloc(CHUNK_BYTES);
  #fd: number | null;
  #offset: number;
  #grewAt = performance.now();

  /**
   * @param file need not be there yet
   * @param onFailure it can't be read
   */
  constructor(file: string, append: (bytes: Buffer) => void, onFailure: (error: Error) => void) {
    this.#file = file;
    this.#append = append;
    this.#fd = open(file);
    this.#offset = this.#fd === null ? 0 : fs.fstatSync(this.#fd).size;
    this.#timer = setInterval(() => {
      try {
        this.#read();
      } catch (error) {
        clearInterval(this.#timer);
        onFailure(error as Error);
      }
    }, POLL_MS);
  }

  /** Copies what is there by now. */
  catchUp(): void {
    this.#read();
  }

  /** Resolves once the file has been quiet for a moment, with all of it copied. */
  async finish(): Promise<void> {
    clearInterval(this.#timer);
    const deadline = performance.now() + PATIENCE_MS;
    this.#grewAt = performance.now();
    do {
      this.#read();
      await sleep(POLL_MS / 2);
    } while (performance.now() < Math.min(this.#grewAt + QUIET_MS, deadline));
    this.close();
  }

  close(): void {
    clearInterval(this.#timer);
    if (this.#fd !== null) fs.closeSync(this.#fd);
    this.#fd = null;
  }

  #read(): void {
    if (this.#fd !== null) {
      if (fs.fstatSync(this.#fd).size < this.#offset) this.#offset = 0;
      this.#drain(this.#fd);
      if (isStill(this.#file, this.#fd)) return;
    }
    const next = open(this.#file);
    if (next === null) return;
    if (this.#fd !== null) {
      // What was written between the last look and its renaming.
      this.#drain(this.#fd);
      fs.closeSync(this.#fd);
    }
    this.#fd = next;
    this.#offset = 0;
    this.#drain(next);
  }

  #drain(fd: number): void {
    for (;;) {
      const read = fs.readSync(fd, this.#chunk, 0, CHUNK_BYTES, this.#offset);
      if (read === 0) return;
      this.#offset += read;
      this.#grewAt = performance.now();
      this.#append(this.#chunk.subarray(0, read));
    }
  }
}

/** null where there is no such file. */
function open(file: string): number | null {
  try {
    return fs.openSync(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function isStill(file: string, fd: number): boolean {
  const named = fs.statSync(file, { throwIfNoEntry: false });
  return named === undefined || named.ino === fs.fstatSync(fd).ino;
}
