import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** A directory that goes with the process, however a signal ends it. */
export function scratchDirectory(): { path: string; remove(): void } {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'wsdiag-'));
  const remove = () => {
    process.off('exit', remove);
    fs.rmSync(directory, { recursive: true, force: true });
  };
  process.once('exit', remove);
  return { path: directory, remove };
}
