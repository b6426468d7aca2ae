import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { isRunDirectory } from '../logs/index.ts';
import { runDirectoryAt } from '../real/run-directory.ts';
import { UsageError } from './exit.ts';

/**
 * Has a file written whole or not at all: under another name first, beside it.
 *
 * @throws UsageError
 */
export async function writeOut(
  file: string,
  write: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = path.join(
    path.dirname(file),
    `.${path.basename(file)}.${randomBytes(6).toString('hex')}`,
  );
  const remove = () => fs.rmSync(temporary, { force: true });
  process.once('exit', remove);
  try {
    await write(temporary);
    fs.renameSync(temporary, file);
  } catch (error) {
    const { syscall, message } = error as NodeJS.ErrnoException;
    throw syscall === undefined ? error : new UsageError(`can't write ${file}: ${message}`);
  } finally {
    remove();
    process.off('exit', remove);
  }
}

/**
 * Finds out early whether a file may be written: never over one of the logs, nor over another file
 * that nobody said may go.
 *
 * @throws UsageError
 */
export function requireWritable(file: string, logs: readonly string[], force: boolean): void {
  const there = fs.statSync(file, { throwIfNoEntry: false });
  if (there === undefined) return;
  if (!there.isFile()) throw new UsageError(`${file} is there already, and is not a file`);
  requireNotRead(file, logs);
  if (force) return;
  throw new UsageError(`${file} is there already; choose another name, or replace it with --force`);
}

/**
 * Never over what a command reads, nor over what a run left to be read.
 *
 * @throws UsageError
 */
export function requireNotRead(file: string, read: readonly string[]): void {
  const there = statOf(file);
  if (there === undefined) return;
  if (there.isDirectory()) throw new UsageError(`${file} is a directory; name a file`);
  const run = runDirectoryAt(path.dirname(file));
  const ofRun = isRunDirectory(run.path) ? [run.server, run.client, run.faults, run.scenario] : [];
  const isRead = [...read, ...ofRun].some((other) => {
    const found = statOf(other);
    return found?.ino === there.ino && found.dev === there.dev;
  });
  if (isRead) throw new UsageError(`${file} is there to be read; choose another name`);
}

/** undefined where there is nothing, or what leads there is no directory. */
function statOf(file: string): fs.Stats | undefined {
  try {
    return fs.statSync(file);
  } catch {
    return undefined;
  }
}
