import fs from 'node:fs';
import type { Command } from 'commander';
import { STARTER_SCENARIO } from '../../scenario/index.ts';
import { UsageError } from '../exit.ts';
import { nonEmpty } from '../options.ts';
import type { Shell } from '../shell.ts';

export function addInit(command: Command, shell: Shell): void {
  command
    .description('Writes a scenario that runs as it is and says in comments what can be changed.')
    .argument('[file]', 'where to write it; - for stdout', nonEmpty, 'scenario.yaml')
    .option('-f, --force', 'replace the file if there is one')
    .addHelpText('after', '\nExample:\n  $ wsdiag init && wsdiag simulate scenario.yaml')
    .action((file: string, { force }: { force?: boolean }) => {
      if (file === '-') {
        shell.print(STARTER_SCENARIO);
        return;
      }
      write(file, force ?? false);
      shell.print(`Wrote ${file}. Run it with: ${shell.command} simulate ${file}`);
    });
}

function write(file: string, force: boolean): void {
  try {
    fs.writeFileSync(file, STARTER_SCENARIO, { flag: force ? 'w' : 'wx' });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UsageError(
      code === 'EEXIST'
        ? `${file} is there already; choose another name, or replace it with --force`
        : `can't write ${file}: ${message}`,
    );
  }
}
