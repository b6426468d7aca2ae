import { Argument, type Command } from 'commander';
import { FORMATS, type FormatName, formatText } from '../../logs/formats.ts';
import type { Shell } from '../shell.ts';

export function addFormats(command: Command, shell: Shell): void {
  command
    .description(
      'Lists the formats of logs that are known, which --log-format takes by name; or prints one, to be copied ' +
        'and changed.',
    )
    .addArgument(new Argument('[name]', 'the format to print').choices([...FORMATS]))
    .addHelpText(
      'after',
      `
A log that is plainly of one of these formats is read so without being told.

Examples:
  $ wsdiag formats
  $ wsdiag formats nginx > my-nginx.yaml
  $ wsdiag sessions access.log --log-format my-nginx.yaml`,
    )
    .action((name: FormatName | undefined) => {
      if (name !== undefined) return shell.print(formatText(name));
      const width = Math.max(...FORMATS.map(({ length }) => length));
      shell.print(FORMATS.map((one) => `${one.padEnd(width)}  ${summaryOf(one)}`).join('\n'));
    });
}

const summaryOf = (name: FormatName): string =>
  /^description: (.*)$/m.exec(formatText(name))?.[1] ?? '';
