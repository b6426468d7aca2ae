import { closeSync, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Doubt } from '../model/findings.ts';
import type { ByteReader } from './byte-reader.ts';
import { reading, readingAsync } from './errors.ts';
import type { Extent } from './sources.ts';

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
  readonly #extent: Extent | undefined;
  readonly #head: Buffer;
  #position = 0;

  /** @throws LogUnreadable */
  static async open(file: string, extent?: Extent): Promise<FileReader> {
    const handle = await readingAsync(file, () => open(extent?.path ?? file, 'r'));
    try {
      return reading(file, () => new FileReader(file, handle, extent));
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  private constructor(file: string, handle: FileHandle, extent?: Extent) {
    this.#file = file;
    this.#handle = handle;
    this.#stats = fstatSync(handle.fd);
    this.#extent = extent;
    this.size = Math.min(extent?.size ?? Number.POSITIVE_INFINITY, this.#stats.size);
    this.#head = extent?.head ?? headOf(handle.fd, this.size);
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

  seek(to: number): boolean {
    this.#position = Math.min(to, this.size);
    return true;
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
    const { dev, ino, size, mtimeMs } = fstatSync(fd);
    const extent = this.#extent;
    if (extent && (extent.dev !== dev || extent.ino !== ino)) return 'another file is in its place';
    if (extent && size < extent.size) return `it shrank from ${extent.size} to ${size} bytes`;
    if (size < this.size) return `it shrank from ${this.size} to ${size} bytes`;
    if (!headOf(fd, this.size).equals(this.#head)) return 'it begins with other bytes';
    if (mtimeMs < this.#stats.mtimeMs) return 'its time of change went back';
    return null;
  }
}

/** A file as it is now. */
export function extentOf(path: string): Extent {
  const fd = openSync(path, 'r');
  try {
    const { dev, ino, size } = fstatSync(fd);
    return { path, dev, ino, size, head: headOf(fd, size) };
  } finally {
    closeSync(fd);
  }
}

function headOf(fd: number, size: number): Buffer {
  const head = Buffer.alloc(Math.min(HEAD_BYTES, size));
  return head.subarray(0, readSync(fd, head, 0, head.length, 0));
}
