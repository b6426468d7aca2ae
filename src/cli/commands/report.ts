import type { Command } from 'commander';
import { openSources } from '../../logs/index.ts';
import { runDirectoryAt } from '../../real/run-directory.ts';
import { REPORTERS } from '../../report/index.ts';
import { drawLogs } from '../../simulate/draw.ts';
import { judgeRun } from '../../simulate/judge.ts';
import { UsageError } from '../exit.ts';
import { orLatest, RUN_OR_LATEST } from '../logs.ts';
import { openFile } from '../open-file.ts';
import { requireNotRead } from '../out-file.ts';
import type { Shell } from '../shell.ts';
import { writeFile } from '../write-file.ts';

export function addReport(command: Command, shell: Shell): void {
  command
    .description(
      'Judges a run by its logs again, and writes a page that needs no network: verdict, findings, ' +
        'attempts and connected sessions over time, faults, recoveries, close codes, a lane a session.',
    )
    .argument('[run-dir]', RUN_OR_LATEST)
    .option(
      '--out <file>',
      'where to write it; - for stdout (default: report.html in the directory)',
    )
    .option('--open', 'open it in the browser as well')
    .addHelpText(
      'after',
      `
Exit codes: 0 the page was written, whatever the verdict; 2 it was not, or
could not be opened.
Of other logs: wsdiag check <logs…> --reporter html=report.html

Examples:
  $ wsdiag report
  $ wsdiag report --open
  $ wsdiag report wsdiag-runs/flaky-2026-01-01T00-00-00-000Z --out flaky.html`,
    )
    .action(async (named: string | undefined, options: { out?: string; open?: boolean }) => {
      const { out, open } = options;
      if (out === '-' && open) {
        throw new UsageError(
          'there is no file to open where --out is -; leave out --open, or name one',
        );
      }
      const [directory = ''] = orLatest(named === undefined ? [] : [named], shell);
      if (out !== undefined && out !== '-') requireNotRead(out, []);
      const result = await judgeRun(directory, { command: shell.command });
      const drawn = await drawLogs(await openSources([directory]), result);
      const page = REPORTERS.html.render([{ result, ...drawn }], { command: shell.command });
      if (out === '-') return shell.print(page);
      const file = out ?? runDirectoryAt(directory).report;
      writeFile(file, page);
      shell.print(`Wrote ${file}`);
      if (open) await openFile(file, shell.env);
    });
}
