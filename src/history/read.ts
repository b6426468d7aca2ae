import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Doubt } from '../core/findings.ts';
import { LOG_FILES, type LogName, type LogRecord } from '../core/records.ts';
import type { LogFile } from '../core/result.ts';
import { createCompleteness } from './completeness.ts';
import { LogUnreadable, reading } from './errors.ts';
import { createKillCount } from './kills.ts';
import { readLines } from './lines.ts';
import { parseLine } from './parse.ts';

export type LogPaths = Partial<Record<LogName, string>>;

export interface LogVisitor {
  onRecord(record: LogRecord): void;
  onDoubt(doubt: Doubt): void;
}

/** Damaged lines named one by one; a file that is no log at all would name millions. */
const MAX_DAMAGE_NAMED = 20;

const LOG_NAMES = Object.keys(LOG_FILES) as LogName[];

/**
 * The logs of a run directory; one that is not there is a doubt.
 *
 * @throws LogUnreadable where there is no such directory, or no log in it
 */
export function findLogs(directory: string): { paths: LogPaths; doubts: Doubt[] } {
  const present = new Set(reading(directory, () => readdirSync(directory)));
  const paths: LogPaths = {};
  const doubts: Doubt[] = [];
  for (const log of LOG_NAMES) {
    const file = join(directory, LOG_FILES[log]);
    if (present.has(LOG_FILES[log])) paths[log] = file;
    else doubts.push({ code: 'log-missing', where: { file }, value: log });
  }
  if (doubts.length === LOG_NAMES.length) {
    throw new LogUnreadable(directory, `none of ${Object.values(LOG_FILES).join(', ')} is here`);
  }
  return { paths, doubts };
}

/**
 * Reads the logs of a run: server, client, faults, each in file order.
 *
 * @throws LogUnreadable
 */
export function readRun(paths: LogPaths, visitor: LogVisitor): LogFile[] {
  const kills = createKillCount();
  const onRecord = (record: LogRecord) => {
    kills.onRecord(record);
    visitor.onRecord(record);
  };
  const files = LOG_NAMES.flatMap((log) => {
    const file = paths[log];
    return file === undefined ? [] : [readLog(file, log, { ...visitor, onRecord })];
  });
  for (const doubt of kills.finish()) visitor.onDoubt(doubt);
  return files;
}

/**
 * Reads one log: its sound lines as records, its damage and what it lacks as doubts.
 *
 * @throws LogUnreadable
 */
export function readLog(file: string, log: LogName, visitor: LogVisitor): LogFile {
  const completeness = createCompleteness(log, file);
  let records = 0;
  let damaged = 0;

  const onRecord = (record: LogRecord) => {
    records += 1;
    completeness.onRecord(record);
    visitor.onRecord(record);
  };
  const parse = (bytes: Buffer | null, line: number) =>
    bytes === null ? 'longer than 1 MiB' : parseLine(bytes, log, file, line);

  const lines = readLines(file, {
    onLine(bytes, line) {
      const parsed = parse(bytes, line);
      if (typeof parsed !== 'string') return onRecord(parsed);
      damaged += 1;
      if (damaged > MAX_DAMAGE_NAMED) return;
      visitor.onDoubt({ code: 'line-damaged', where: { file, line }, value: parsed });
    },
    onUnterminated(bytes, line) {
      const parsed = parse(bytes, line);
      if (typeof parsed !== 'string') onRecord(parsed);
      visitor.onDoubt({ code: 'log-truncated', where: { file, line }, value: '' });
    },
  });

  if (damaged > MAX_DAMAGE_NAMED) {
    const value = `${damaged - MAX_DAMAGE_NAMED} more lines`;
    visitor.onDoubt({ code: 'line-damaged', where: { file }, value });
  }
  for (const doubt of completeness.finish()) visitor.onDoubt(doubt);
  return { file, lines, records, ignored: 0, rejected: lines - records };
}
