import { closeSync, openSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openBytes, STDIN } from './bytes.ts';
import { reading } from './errors.ts';
import { extentOf } from './file-reader.ts';
import type { Source } from './sources.ts';
import { inTemporary, makeTemporaryDirectory, writeAll } from './temporary.ts';

const COPY_BYTES = 1024 * 1024;

/** Sources that can be read again and again, and are the same each time. */
export interface Snapshot {
  sources: Source[];
  /** Removes what was copied. */
  release(): void;
}

/**
 * Fixes what is to be read: of a file that grows, what it is by now. Standard input and pipes, which can
 * be read once only, are copied to a temporary directory.
 *
 * @throws LogUnreadable
 * @throws NoTemporaryFiles
 */
export async function takeSnapshot(
  sources: readonly Source[],
  signal?: AbortSignal,
): Promise<Snapshot> {
  let directory: string | undefined;
  const release = () => {
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
  };
  const held: Source[] = [];
  try {
    for (const source of sources) {
      let path = source.file;
      if (!isFile(path)) {
        directory ??= makeTemporaryDirectory();
        path = join(directory, `${held.length}`);
        await copy(source, path, signal);
      }
      held.push({ ...source, extent: reading(source.file, () => extentOf(path)) });
    }
  } catch (error) {
    release();
    throw error;
  }
  return { sources: held, release };
}

function isFile(name: string): boolean {
  return name !== STDIN && reading(name, () => statSync(name)).isFile();
}

async function copy(source: Source, path: string, signal?: AbortSignal): Promise<void> {
  const reader = await openBytes(source, signal);
  try {
    const file = inTemporary(() => openSync(path, 'wx', 0o600));
    try {
      const buffer = Buffer.allocUnsafe(COPY_BYTES);
      for (let size = await reader.read(buffer, 0); size > 0; size = await reader.read(buffer, 0)) {
        signal?.throwIfAborted();
        inTemporary(() => writeAll(file, buffer.subarray(0, size)));
      }
    } finally {
      closeSync(file);
    }
  } finally {
    await reader.close();
  }
}
