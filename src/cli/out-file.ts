import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
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
  const isLog = logs.some((log) => {
    const other = fs.statSync(log, { throwIfNoEntry: false });
    return other?.ino === there.ino && other.dev === there.dev;
  });
  if (isLog) throw new UsageError(`${file} is one of the logs; choose another name`);
  if (force) return;
  throw new UsageError(`${file} is there already; choose another name, or replace it with --force`);
}
