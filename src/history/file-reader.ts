import { fstatSync, readSync, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Doubt } from '../core/findings.ts';
import type { ByteReader } from './byte-reader.ts';
import { reading, readingAsync } from './errors.ts';

/** Enough to tell a log from the one that was written in its place: its first line has a time. */
const HEAD_BYTES = 1024;

/**
 * A file as it was when it was opened: what is appended later is left out, and a file that is renamed
 * is read to its end.
 */
export class FileReader implements ByteReader {
  readonly size: number;
  readonly #file: string;
  readonly #handle: FileHandle;
  readonly #stats: Stats;
  readonly #head: Buffer;
  #position = 0;

  /** @throws LogUnreadable */
  static async open(file: string): Promise<FileReader> {
    const handle = await readingAsync(file, () => open(file, 'r'));
    try {
      return reading(file, () => new FileReader(file, handle));
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  private constructor(file: string, handle: FileHandle) {
    this.#file = file;
    this.#handle = handle;
    this.#stats = fstatSync(handle.fd);
    this.size = this.#stats.size;
    this.#head = headOf(handle.fd, this.size);
  }

  get position(): number {
    return this.#position;
  }

  async read(buffer: Buffer, at: number): Promise<number> {
    const wanted = Math.min(buffer.length - at, this.size - this.#position);
    if (wanted === 0) return 0;
    const { bytesRead } = await readingAsync(this.#file, () =>
      this.#handle.read(buffer, at, wanted, this.#position),
    );
    this.#position += bytesRead;
    return bytesRead;
  }

  /** The same file from its beginning. */
  again(): FileReader {
    return new FileReader(this.#file, this.#handle);
  }

  finish(): Doubt[] {
    const change = this.#change();
    return change === null
      ? []
      : [{ code: 'log-changed', where: { file: this.#file }, value: change }];
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  #change(): string | null {
    const { fd } = this.#handle;
    const { size, mtimeMs } = fstatSync(fd);
    if (size < this.size) return `it shrank from ${this.size} to ${size} bytes`;
    if (!headOf(fd, this.size).equals(this.#head)) return 'it begins with other bytes';
    if (mtimeMs < this.#stats.mtimeMs) return 'its time of change went back';
    return null;
  }
}

function headOf(fd: number, size: number): Buffer {
  const head = Buffer.alloc(Math.min(HEAD_BYTES, size));
  return head.subarray(0, readSync(fd, head, 0, head.length, 0));
}
