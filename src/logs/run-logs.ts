import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { LOG_FILES, type LogName, TARGET_LOG } from '../core/records.ts';
import type { Doubt } from '../model/findings.ts';
import { LogUnreadable, reading } from './errors.ts';

export type LogPaths = Partial<Record<LogName, string>>;

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
    else if (log === 'server' && present.has(TARGET_LOG)) paths[log] = join(directory, TARGET_LOG);
    else doubts.push({ code: 'log-missing', where: { file }, value: log });
  }
  if (doubts.length === LOG_NAMES.length) {
    throw new LogUnreadable(directory, `none of ${Object.values(LOG_FILES).join(', ')} is here`);
  }
  return { paths, doubts };
}
