import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type LogOptions, type Shape, writeLog } from './log-generator.mjs';

/** Lines of a generated log; a client's without the last, which tells how many there were. */
export function generateLines(options: LogOptions & { shape: Shape }): string[] {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'wsdiag-test-'));
  try {
    const file = path.join(directory, 'log.ndjson');
    writeLog(file, options);
    const lines = fs.readFileSync(file, 'utf8').trimEnd().split('\n');
    return options.shape === 'client' ? lines.slice(0, -1) : lines;
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
}
