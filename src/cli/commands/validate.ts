import type { Command } from 'commander';
import { EXIT } from '../exit.ts';
import { loadAll } from '../scenario-files.ts';
import type { Shell } from '../shell.ts';

export function addValidate(command: Command, shell: Shell): void {
  command
    .description('Prints every mistake as file:line:column, and exits 2 if there is one.')
    .argument('<scenario.yaml...>', 'scenario files; - for stdin')
    .addHelpText('after', '\nExample:\n  $ wsdiag validate scenarios/*.yaml')
    .action(async (files: string[]) => {
      const loaded = await loadAll(files, shell);
      if (loaded === null) shell.exitCode = EXIT.usage;
      else
        for (const { file, scenario } of loaded) shell.print(`${file}: ${scenario.name} is valid`);
    });
}
