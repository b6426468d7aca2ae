import fs from 'node:fs';
import path from 'node:path';

/** As `mkdir -p`. Node's own tries forever where it is refused with ENOENT, as in `/proc`. */
export function makeDirectory(directory: string): void {
  if (fs.existsSync(directory)) return;
  makeDirectory(path.dirname(directory));
  try {
    fs.mkdirSync(directory);
  } catch (error) {
    // Another process was faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
