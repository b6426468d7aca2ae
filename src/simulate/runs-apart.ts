import path from 'node:path';
import { isReadableRun, type ReadOptions, readSessionIds, type Source } from '../logs/index.ts';
import { UsageError } from '../model/user-error.ts';

/** Logs by the directory of the run that they are of; those of no run are left out. */
export function byRun(sources: readonly Source[]): Map<string, Source[]> {
  const runs = new Map<string, Source[]>();
  for (const source of sources) {
    const directory = path.dirname(source.file);
    const known = runs.get(directory);
    if (known) known.push(source);
    else if (source.file !== '-' && isReadableRun(directory)) runs.set(directory, [source]);
  }
  return runs;
}

/**
 * Runs of one seed have sessions of the same ids, which together would look like sessions that lost count. A server's
 * log and a client's that lie in two places may be of one run.
 *
 * @throws UsageError
 */
export async function requireApart(
  sources: readonly Source[],
  options: ReadOptions = {},
): Promise<void> {
  const same = await sameSessions(sources, options);
  if (same === null) return;
  throw new UsageError(
    `${same}: name one run at a time, or hold them against each other with compare`,
  );
}

/** Says which two runs have a session in common; null where there are none. */
export async function sameSessions(
  sources: readonly Source[],
  options: ReadOptions = {},
): Promise<string | null> {
  const runs = byRun(sources);
  if (runs.size < 2) return null;
  for (const side of ['server', 'client']) {
    const runOf = new Map<string, string>();
    for (const [run, all] of runs) {
      const logs = all.filter(({ log }) => log === side);
      for (const id of await readSessionIds(logs, options)) {
        const other = runOf.get(id);
        if (other !== undefined)
          return `${other} and ${run} have the same sessions, as runs of one seed have`;
        runOf.set(id, run);
      }
    }
  }
  return null;
}
