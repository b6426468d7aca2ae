import type { Command } from 'commander';
import type { RunResult } from '../core/result.ts';
import { findSources, isRunDirectory } from '../history/index.ts';
import { reportPretty } from '../report/index.ts';
import { judgeLogs, judgeRun } from '../simulate/judge.ts';
import { exitCodeOf } from './exit.ts';
import { addLogOptions, type LogOptions, sourceOptions } from './log-options.ts';
import { coloursFor, print } from './terminal.ts';

interface Options extends LogOptions {
  verbose?: boolean;
}

export function addCheck(program: Command): void {
  const command = program
    .command('check')
    .summary('judge connection logs, a run’s or any server’s')
    .description(
      'Reads NDJSON logs that carry a session id and a sequence, whoever wrote them, and tells what is ' +
        'wrong with them line by line.',
    )
    .argument('<logs...>', 'files, run directories, directories, globs; - for stdin');
  addLogOptions(command)
    .option('-v, --verbose', 'print every finding, and every line that proves it')
    .addHelpText(
      'after',
      `
Exit codes: 0 pass, 1 findings, 2 wrong usage, 3 unknown.

Examples:
  $ wsdiag check wsdiag-runs/latest
  $ wsdiag check server.ndjson client.ndjson
  $ wsdiag check 'logs/server*.ndjson.gz' --since 2h
  $ kubectl logs my-pod | wsdiag check - --map session_id=ctx.sid,connection_sequence=ctx.seq`,
    )
    .action(async (logs: string[], options: Options) => {
      const result = await judge(logs, options);
      print(
        reportPretty(result, { palette: coloursFor(process.stdout), verbose: options.verbose }),
      );
      process.exitCode = exitCodeOf(result.verdict);
    });
}

function judge(logs: string[], options: Options): Promise<RunResult> {
  const [directory, ...others] = logs as [string, ...string[]];
  const isWhole = others.length === 0 && isRunDirectory(directory);
  const sources = sourceOptions(options);
  const asIs = Object.values(sources).every((value) => value === undefined);
  return isWhole && asIs ? judgeRun(directory) : judgeLogs(findSources(logs, sources));
}
