import { type Command, Option } from 'commander';
import { seriesOf } from '../../compare/index.ts';
import { isRunDirectory, openSources, type ReadOptions, type Source } from '../../logs/index.ts';
import type { RunResult } from '../../model/result.ts';
import { judgeLogs, judgeRun } from '../../simulate/judge.ts';
import type { Held } from '../baseline.ts';
import {
  addBaselineOptions,
  type BaselineOptions,
  openBaseline,
  tellHeld,
} from '../baseline-options.ts';
import { exitCodeOf, worst } from '../exit.ts';
import { addExpectOption, type ExpectOptions } from '../expectations.ts';
import { areRecognised, seenBy, tellHints, warnOfUnmatched } from '../hints.ts';
import { addLogOptions, type LogOptions, sourceOptions } from '../log-options.ts';
import { addLogsArgument, orLatest } from '../logs.ts';
import { lookAtLogs } from '../reading.ts';
import { recognised } from '../recognised.ts';
import {
  addReporterOption,
  createReports,
  type ReportOptions,
  type Reports,
  requireFiles,
} from '../reporters.ts';
import type { Shell } from '../shell.ts';

interface Options extends LogOptions, ReportOptions, ExpectOptions, BaselineOptions {}

export function addCheck(command: Command, shell: Shell): void {
  command.description(
    'Reads NDJSON logs that carry a session id and a sequence, whoever wrote them, and tells what is ' +
      'wrong with them line by line.',
  );
  addBaselineOptions(addReporterOption(addExpectOption(addLogOptions(addLogsArgument(command)))))
    .addOption(
      new Option('-q, --quiet', 'print nothing on a pass, else the verdict and why').conflicts(
        'verbose',
      ),
    )
    .option('-v, --verbose', 'print every finding, and every line that proves it')
    .addHelpText(
      'after',
      `
Exit codes: 0 pass, 1 findings, 2 wrong usage, 3 unknown.

Examples:
  $ wsdiag check
  $ wsdiag check server.ndjson client.ndjson
  $ wsdiag check 'logs/server*.ndjson.gz' --since 2h
  $ wsdiag check server.log --expect 'losses<=20' --expect 'recovery_p95<5s'
  $ kubectl logs my-pod | wsdiag check - --map session_id=ctx.sid`,
    )
    .action(async (named: string[], options: Options) => {
      const logs = orLatest(named, shell);
      const judged = await lookAtLogs(shell, (reading) => judge(logs, options, reading, shell));
      if (!judged) return;
      const { result, sources, reports } = judged;
      // Before the report, whose last line is the verdict.
      if (sources) {
        const seen = { ...seenBy(result), areRecognised: areRecognised(sources) };
        tellHints(seen, options, shell);
      }
      await reports.add(result, { sources });
      reports.finish();
      const held = await holdToBaseline(result, options, shell);
      shell.exitCode = worst([exitCodeOf(result.verdict), ...held.map(({ code }) => code)]);
    });
}

/** Logs that are no run's are called by no path, which would be another on another machine. */
async function holdToBaseline(result: RunResult, options: Options, shell: Shell): Promise<Held[]> {
  const name = result.run_dir === null ? 'logs' : result.name;
  const baseline = await openBaseline(options, [name], shell);
  const held = baseline ? [baseline.hold(seriesOf(name, [{ ...result, name }]))] : [];
  tellHeld(held, options, shell);
  return held;
}

interface Judged {
  result: RunResult;
  /** Where they are not those of its run directory. */
  sources?: Source[];
  reports: Reports;
}

async function judge(
  logs: string[],
  options: Options,
  reading: ReadOptions,
  shell: Shell,
): Promise<Judged> {
  const [directory, ...others] = logs as [string, ...string[]];
  const asked = await sourceOptions(options, shell);
  const { expect } = options;
  const isAsWritten = Object.values(asked).every((value) => value === undefined);
  if (others.length === 0 && isAsWritten && isRunDirectory(directory)) {
    const reports = createReports(options, shell);
    return {
      result: await judgeRun(directory, { ...reading, expect, command: shell.command }),
      reports,
    };
  }
  requireFiles(options);
  const sources = await recognised(await openSources(logs, asked), reading, shell);
  const files = sources.map(({ file }) => file);
  const reports = createReports(options, shell, [files.join(', ')], files);
  warnOfUnmatched(sources, shell);
  return { result: await judgeLogs(sources, { ...reading, expect }), sources, reports };
}
