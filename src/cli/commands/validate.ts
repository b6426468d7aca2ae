import fs from 'node:fs';
import type { Command } from 'commander';
import { namedFormat } from '../../logs/index.ts';
import { type Problem, problemAt } from '../../scenario/index.ts';
import { EXIT } from '../exit.ts';
import { loadAll, printProblems, type ScenarioText } from '../scenario-files.ts';
import type { Shell } from '../shell.ts';

export function addValidate(command: Command, shell: Shell): void {
  command
    .description('Prints every mistake as file:line:column, and exits 2 if there is one.')
    .argument('<scenario.yaml...>', 'scenario files; - for stdin')
    .addHelpText('after', '\nExample:\n  $ wsdiag validate scenarios/*.yaml')
    .action(async (files: string[]) => {
      const loaded = await loadAll(files, shell);
      if (loaded === null) shell.exitCode = EXIT.usage;
      for (const { file, text, scenario } of loaded ?? []) {
        const problems = await formatProblems({ file, text, scenario });
        printProblems(problems, shell);
        if (problems.length > 0) shell.exitCode = EXIT.usage;
        else shell.print(`${file}: ${scenario.name} is valid`);
      }
    });
}

/** Mistakes in how the log of a scenario's target is to be read. */
async function formatProblems({ file, text, scenario }: ScenarioText): Promise<Problem[]> {
  const format = scenario.target?.log?.format;
  if (format === undefined) return [];
  const here = (message: string) => [problemAt(text, file, ['target', 'log', 'format'], message)];
  try {
    const named = await namedFormat(format, fs.readFileSync);
    if ('unknown' in named) return here(named.unknown);
    return 'problems' in named ? named.problems : [];
  } catch (error) {
    return here(`"format" can't be read: ${(error as Error).message}`);
  }
}
