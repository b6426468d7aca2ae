import { Argument, type Command } from 'commander';
import { summaryJsonSchema } from '../report/summary-schema.ts';
import { scenarioJsonSchema } from '../scenario/index.ts';
import { print } from './terminal.ts';

const SCHEMAS = { scenario: scenarioJsonSchema, summary: summaryJsonSchema };

export function addSchema(program: Command): void {
  program
    .command('schema')
    .summary('print the JSON Schema of scenarios, or of summary.json')
    .description(
      'Prints the JSON Schema that scenario files are checked against, for editors; or that of ' +
        'summary.json and the json reporter, for programs that read them.',
    )
    .addArgument(
      new Argument('[of]', 'what to describe')
        .choices(Object.keys(SCHEMAS))
        .default('scenario' satisfies keyof typeof SCHEMAS),
    )
    .addHelpText(
      'after',
      `
Example, for editors with the YAML language server:
  $ wsdiag schema > scenario.schema.json
  and as the first line of a scenario:
  # yaml-language-server: $schema=./scenario.schema.json`,
    )
    .action((of: keyof typeof SCHEMAS) => print(JSON.stringify(SCHEMAS[of](), null, 2)));
}
