import { mkdtempSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../model/user-error.ts';

/** Temporary files can't be made or written. */
export class NoTemporaryFiles extends UserError {
  override readonly name = 'NoTemporaryFiles';

  constructor(cause: unknown) {
    const { message } = cause as Error;
    super(
      `can't keep temporary files in ${tmpdir()}: ${message}; set TMPDIR to a directory with room`,
      {
        cause,
      },
    );
  }
}

/** @throws NoTemporaryFiles */
export function makeTemporaryDirectory(): string {
  return inTemporary(() => mkdtempSync(join(tmpdir(), 'wsdiag-')));
}

/** Makes or writes a temporary file. @throws NoTemporaryFiles */
export function inTemporary<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw new NoTemporaryFiles(error);
  }
}

/** Every byte, in as many writes as that takes. */
export function writeAll(fd: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
}
