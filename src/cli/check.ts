import fs from 'node:fs';
import type { Command } from 'commander';
import type { RunResult } from '../core/result.ts';
import { reportPretty } from '../report/index.ts';
import { judgeLogs, judgeRun } from '../simulate/judge.ts';
import { exitCodeOf, UsageError } from './exit.ts';
import { coloursFor, print } from './terminal.ts';

export function addCheck(program: Command): void {
  program
    .command('check')
    .summary('judge the logs of a run again, or a server’s logs alone')
    .description('Reads logs from disk, and gives the verdict and the exit code a run would give.')
    .argument('<run-dir | server.ndjson>', 'a run directory, or a server log')
    .argument('[client.ndjson]', 'the client log that belongs to the server log')
    .option('-v, --verbose', 'print every finding, and every line that proves it')
    .addHelpText(
      'after',
      `
Exit codes: 0 pass, 1 findings, 2 wrong usage, 3 unknown.

Examples:
  $ wsdiag check wsdiag-runs/latest
  $ wsdiag check server.ndjson client.ndjson`,
    )
    .action((path: string, clientLog: string | undefined, { verbose }: { verbose?: boolean }) => {
      const result = judge(path, clientLog);
      print(reportPretty(result, { palette: coloursFor(process.stdout), verbose }));
      process.exitCode = exitCodeOf(result.verdict);
    });
}

function judge(path: string, clientLog: string | undefined): RunResult {
  const isDirectory = fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (!isDirectory) return judgeLogs({ server: path, ...(clientLog && { client: clientLog }) });
  if (clientLog !== undefined) {
    throw new UsageError(`${path} is a run directory, which has its own client log`);
  }
  return judgeRun(path);
}
