import type { Command } from 'commander';
import { EXIT } from './exit.ts';
import { loadAll } from './scenario-files.ts';
import { print } from './terminal.ts';

export function addValidate(program: Command): void {
  program
    .command('validate')
    .summary('check scenario files without running them')
    .description('Prints every mistake as file:line:column, and exits 2 if there is one.')
    .argument('<scenario.yaml...>', 'scenario files; - for stdin')
    .addHelpText('after', '\nExample:\n  $ wsdiag validate scenarios/*.yaml')
    .action(async (files: string[]) => {
      const loaded = await loadAll(files);
      if (loaded === null) process.exitCode = EXIT.usage;
      else for (const { file, scenario } of loaded) print(`${file}: ${scenario.name} is valid`);
    });
}
