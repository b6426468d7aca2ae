import type { Command } from 'commander';
import { openSources } from '../../logs/index.ts';
import { runDirectoryAt } from '../../real/run-directory.ts';
import { REPORTERS } from '../../report/index.ts';
import { drawLogs } from '../../simulate/draw.ts';
import { judgeRun } from '../../simulate/judge.ts';
import { requireNotRead } from '../out-file.ts';
import type { Shell } from '../shell.ts';
import { writeFile } from '../write-file.ts';

export function addReport(command: Command, shell: Shell): void {
  command
    .description(
      'Judges a run by its logs again, and writes a page that needs no network: verdict, findings, ' +
        'attempts and connected sessions over time, faults, recoveries, close codes, a lane a session.',
    )
    .argument('<run-dir>', 'a run directory')
    .option(
      '--out <file>',
      'where to write it; - for stdout (default: report.html in the directory)',
    )
    .addHelpText(
      'after',
      `
Exit codes: 0 the page was written, whatever the verdict; 2 it was not.
Of logs without a run directory: wsdiag check <logs…> --reporter html=report.html

Example:
  $ wsdiag report wsdiag-runs/latest`,
    )
    .action(async (directory: string, { out }: { out?: string }) => {
      if (out !== undefined && out !== '-') requireNotRead(out, []);
      const result = await judgeRun(directory, { command: shell.command });
      const chartData = await drawLogs(await openSources([directory]), result);
      const page = REPORTERS.html.render([{ result, chartData }]);
      if (out === '-') return shell.print(page);
      const file = out ?? runDirectoryAt(directory).report;
      writeFile(file, page);
      shell.print(`Wrote ${file}`);
    });
}
