import fs from 'node:fs';
import { type Command, Option } from 'commander';
import { namedFormat, reasonOf } from '../../logs/index.ts';
import { sanitize } from '../../report/index.ts';
import { type Problem, problemAt } from '../../scenario/index.ts';
import { EXIT } from '../exit.ts';
import { PROBLEM_REPORTERS, printProblems } from '../problems.ts';
import {
  type LoadedFile,
  loadEach,
  printUnreadable,
  type ScenarioText,
  type UnreadableFile,
} from '../scenario-files.ts';
import type { Shell } from '../shell.ts';

interface Options {
  reporter: 'pretty' | keyof typeof PROBLEM_REPORTERS;
  json?: boolean;
}

export function addValidate(command: Command, shell: Shell): void {
  command
    .description(
      'Prints every mistake as file:line:column with its line, and exits 2 if there is one.',
    )
    .argument('<scenario.yaml...>', 'scenario files; - for stdin')
    .addOption(
      new Option('--reporter <name>', 'how to report')
        .choices(['pretty', ...Object.keys(PROBLEM_REPORTERS)])
        .default('pretty'),
    )
    .addOption(new Option('--json', 'short for --reporter json').implies({ reporter: 'json' }))
    .addHelpText(
      'after',
      `
The json reporter prints one array of { file, line, column, message }, without a
place where a file can't be read; that of github prints annotations for GitHub
Actions.

Exit codes: 0 all are valid, 2 there are mistakes.

Examples:
  $ wsdiag validate scenarios/*.yaml
  $ wsdiag validate scenarios/*.yaml --reporter github`,
    )
    .action((files: string[], options: Options) => validate(files, options, shell));
}

async function validate(files: string[], { reporter }: Options, shell: Shell): Promise<void> {
  const all: Problem[] = [];
  for (const one of await loadEach(files, shell)) {
    const problems = await problemsOf(one);
    all.push(...problems);
    if (reporter === 'pretty') {
      if ('unreadable' in one) printUnreadable(one, shell);
      else printProblems(problems, shell);
    }
    if (reporter !== 'json' && 'scenario' in one && problems.length === 0)
      shell.print(sanitize(`${one.file}: ${one.scenario.name} is valid`));
  }
  const text = reporter === 'pretty' ? '' : PROBLEM_REPORTERS[reporter](all);
  if (text !== '') shell.print(text);
  if (all.length > 0) shell.exitCode = EXIT.usage;
}

async function problemsOf(one: LoadedFile): Promise<Problem[]> {
  if ('problems' in one) return one.problems;
  return 'unreadable' in one ? [unreadable(one)] : formatProblems(one);
}

/** It has no place in there. */
function unreadable({ file, unreadable: { cause } }: UnreadableFile): Problem {
  return { file, line: null, column: null, path: '', message: reasonOf(cause), source: null };
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
