import fs from 'node:fs';
import { makeTemporaryDirectory } from '../logs/index.ts';

/**
 * A directory that goes with the process, also where SIGINT or SIGTERM ends it.
 *
 * @throws NoTemporaryFiles
 */
export function scratchDirectory(): { path: string; remove(): void } {
  const directory = makeTemporaryDirectory();
  const remove = () => {
    process.off('exit', remove);
    fs.rmSync(directory, { recursive: true, force: true });
  };
  process.once('exit', remove);
  return { path: directory, remove };
}
