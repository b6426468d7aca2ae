import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { UsageError } from './exit.ts';

/**
 * A directory that goes with the process, however a signal ends it.
 *
 * @throws UsageError
 */
export function scratchDirectory(): { path: string; remove(): void } {
  const directory = make();
  const remove = () => {
    process.off('exit', remove);
    fs.rmSync(directory, { recursive: true, force: true });
  };
  process.once('exit', remove);
  return { path: directory, remove };
}

function make(): string {
  try {
    return fs.mkdtempSync(path.join(os.tmpdir(), 'wsdiag-'));
  } catch (error) {
    const { message } = error as Error;
    throw new UsageError(`can't make a directory for temporary files; set TMPDIR: ${message}`);
  }
}
