import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBytes, STDIN } from './bytes.ts';
import { reading } from './errors.ts';
import { extentOf } from './file-reader.ts';
import type { Source } from './sources.ts';

const COPY_BYTES = 1024 * 1024;

/** Sources that can be read again and again, and are the same each time. */
export interface Held {
  sources: Source[];
  /** Removes what was copied. */
  release(): void;
}

/**
 * Fixes what is to be read: of a file that grows, what it is by now. Standard input and pipes, which can
 * be read once only, are copied to a temporary directory.
 *
 * @throws LogUnreadable
 */
export async function hold(sources: readonly Source[], signal?: AbortSignal): Promise<Held> {
  let directory: string | undefined;
  const release = () => {
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
  };
  const held: Source[] = [];
  try {
    for (const source of sources) {
      let path = source.file;
      if (!isFile(path)) {
        directory ??= mkdtempSync(join(tmpdir(), 'wsdiag-'));
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
  const file = await open(path, 'wx', 0o600);
  try {
    const buffer = Buffer.allocUnsafe(COPY_BYTES);
    for (let size = await reader.read(buffer, 0); size > 0; size = await reader.read(buffer, 0)) {
      signal?.throwIfAborted();
      await file.write(buffer, 0, size);
    }
  } finally {
    await file.close();
    await reader.close();
  }
}
