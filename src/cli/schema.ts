import type { Command } from 'commander';
import { scenarioJsonSchema } from '../scenario/index.ts';
import { print } from './terminal.ts';

export function addSchema(program: Command): void {
  program
    .command('schema')
    .summary('print the JSON Schema of scenarios, for editors')
    .description('Prints the JSON Schema that scenario files are checked against.')
    .addHelpText(
      'after',
      `
Example, for editors with the YAML language server:
  $ wsdiag schema > scenario.schema.json
  and as the first line of a scenario:
  # yaml-language-server: $schema=./scenario.schema.json`,
    )
    .action(() => print(JSON.stringify(scenarioJsonSchema(), null, 2)));
}
