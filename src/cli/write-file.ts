import fs from 'node:fs';
import path from 'node:path';
import { makeDirectory } from '../real/make-directory.ts';
import { inEnvironment } from '../simulate/errors.ts';

/**
 * Writes a file in one step, so that nobody ever reads half of it; its directory is made if need be.
 *
 * @throws EnvironmentError
 */
export function writeFile(file: string, text: string): void {
  inEnvironment(`can't write ${file}`, () => {
    makeDirectory(path.dirname(path.resolve(file)));
    if (isOrdinary(file)) replace(file, text);
    else fs.writeFileSync(file, text);
  });
}

/** A pipe or a device is written to; putting a file in its place would not reach who reads it. */
function isOrdinary(file: string): boolean {
  return fs.statSync(file, { throwIfNoEntry: false })?.isFile() ?? true;
}

function replace(file: string, text: string): void {
  // The file that a link points to, and not the link.
  const target = fs.existsSync(file) ? fs.realpathSync(file) : file;
  const temporary = `${target}.${process.pid}.part`;
  try {
    fs.writeFileSync(temporary, text);
    fs.renameSync(temporary, target);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}
