import { Argument, type Command } from 'commander';
import { descriptionJsonSchema } from '../../logs/description-file.ts';
import { summaryJsonSchema } from '../../report/summary-schema.ts';
import { scenarioJsonSchema } from '../../scenario/index.ts';
import type { Shell } from '../shell.ts';

const SCHEMAS = {
  scenario: scenarioJsonSchema,
  'log-format': descriptionJsonSchema,
  summary: summaryJsonSchema,
};

export function addSchema(command: Command, shell: Shell): void {
  command
    .description(
      'Prints the JSON Schema that scenario files are checked against, for editors, or that of log ' +
        'descriptions; or that of summary.json and the json reporter, for programs that read them.',
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
    .action((of: keyof typeof SCHEMAS) => shell.print(JSON.stringify(SCHEMAS[of](), null, 2)));
}
