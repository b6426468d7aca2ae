import fs from 'node:fs';
import type { Command } from 'commander';
import { UsageError } from './exit.ts';
import type { Shell } from './shell.ts';

/** The newest run here, as `simulate` leaves it without `--out`. */
const LATEST = 'wsdiag-runs/latest';

export const RUN_OR_LATEST = `a run directory (default: ${LATEST})`;

/** Of every command that reads logs, and reads the newest run's where none are named. */
export const addLogsArgument = (command: Command): Command =>
  command.argument(
    '[logs...]',
    `files, run directories, directories, globs; - for stdin (default: ${LATEST})`,
  );

/** What was named, or else the newest run. @throws UsageError where there is none */
export function orLatest(named: readonly string[], { command }: Shell): string[] {
  if (named.length > 0) return [...named];
  if (fs.existsSync(LATEST)) return [LATEST];
  throw new UsageError(
    `there is no ${LATEST} here to read; name logs, or make a run: ${command} init && ${command} simulate scenario.yaml`,
  );
}
