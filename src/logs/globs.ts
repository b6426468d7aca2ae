import { globSync, isDynamicPattern } from 'tinyglobby';
import { LogUnreadable } from './errors.ts';
import { naturally } from './run-logs.ts';

/** The files of a glob; undefined for a name that is none. @throws LogUnreadable where there are none */
export function filesOf(pattern: string): string[] | undefined {
  if (!isDynamicPattern(pattern)) return undefined;
  const files = globSync(pattern, { expandDirectories: false });
  if (files.length === 0) throw new LogUnreadable(pattern, 'no file matches');
  return files.toSorted(naturally);
}
