import type { Command } from 'commander';
import { explainLog } from '../../logs/explain/index.ts';
import { openSources } from '../../logs/index.ts';
import type { Explanation } from '../../model/explanation.ts';
import { reportExplanations } from '../../report/explanation.ts';
import { addLogOptions, type LogOptions, sourceOptions } from '../log-options.ts';
import { addLogsArgument, orLatest } from '../logs.ts';
import { lookAtLogs } from '../reading.ts';
import { recognised } from '../recognised.ts';
import type { Shell } from '../shell.ts';

export function addExplain(command: Command, shell: Shell): void {
  addLogOptions(addLogsArgument(command))
    .description(
      'Tells what kinds of lines a log has, what each was read as, which field came from where, and which lines ' +
        'look like connections and were not understood; and writes a description to start from.',
    )
    .addHelpText(
      'after',
      `
Exit codes: 0 told, 2 wrong usage or logs that can't be read.

Examples:
  $ wsdiag explain app.log
  $ docker logs gateway 2>&1 | wsdiag explain -
  $ wsdiag explain app.log --log-format format.yaml`,
    )
    .action((named: string[], options: LogOptions) =>
      explain(orLatest(named, shell), options, shell),
    );
}

async function explain(named: string[], options: LogOptions, shell: Shell): Promise<void> {
  const sources = await openSources(named, await sourceOptions(options, shell));
  const explained = await lookAtLogs(shell, async (look) => {
    const all: Explanation[] = [];
    for (const source of await recognised(sources, look, shell)) {
      all.push(await explainLog(source, look.signal));
    }
    return all;
  });
  if (!explained) return;
  const { palette, command } = shell;
  shell.print(reportExplanations(explained, { palette, command }));
}
