import { Argument, type Command, Option } from 'commander';
import { escaped } from '../../report/sanitize.ts';
import {
  COLUMNS,
  createTable,
  DIALECT_NAMES,
  type DialectName,
  RESULT_COLUMNS,
  RULES,
  scriptOf,
} from '../../sql/index.ts';
import { UsageError } from '../exit.ts';
import type { Shell } from '../shell.ts';

interface Options {
  dialect: DialectName;
  table: string;
  by?: string;
  create?: boolean;
}

const CODES = RULES.map(({ code }) => code);

export function addSql(command: Command, shell: Shell): void {
  command
    .description(
      'Prints checks as one SQL statement, for logs that lie in a database: what it finds in a table of ' +
        'connection logs is what check finds in the same logs, and what SQL can’t know it says.',
    )
    .addArgument(new Argument('[rules...]', 'the checks (default: all of these)').choices(CODES))
    .addOption(
      new Option('--dialect <database>', 'whose SQL it is')
        .choices(DIALECT_NAMES)
        .default('duckdb'),
    )
    .option(
      '--table <name>',
      'the table with the logs; dots part it from its schema',
      'connection_log',
    )
    .option('--by <column>', 'a column of it that tells systems apart: each is judged by itself')
    .option('--create', 'print the CREATE TABLE of such a table instead')
    .addHelpText(
      'after',
      `
A line of a log is a row. docs/sql.md tells of the columns, how logs come into
them, and what each row of the answer says. Nothing is run, and no log is read.

Examples:
  $ wsdiag sql --create --dialect postgres | psql
  $ wsdiag sql --dialect postgres | psql --csv
  $ wsdiag sql sequence-duplicated close-missing | duckdb logs.duckdb
  $ wsdiag sql --dialect clickhouse --table ops.connection_log --by cluster`,
    )
    .action((codes: string[], options: Options) => shell.print(printed(codes, options)));
}

/** @throws UsageError */
function printed(codes: string[], { dialect, table, by, create = false }: Options): string {
  requireName('--table', table, table.split('.'));
  if (by !== undefined) {
    requireName('--by', by, [by]);
    requireOwn(by);
  }
  if (!create) return scriptOf({ rules: rulesOf(codes), dialect, table, by });
  if (codes.length > 0) {
    throw new UsageError(
      `--create prints a table, which is the same for every check: leave out ${codes[0]}`,
    );
  }
  return createTable(dialect, table, by);
}

const rulesOf = (codes: string[]) =>
  codes.length === 0 ? RULES : RULES.filter(({ code }) => codes.includes(code));

/** No database has such a name, and a terminal might take it for something else. */
const UNFIT = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/** @throws UsageError */
function requireName(option: string, given: string, parts: string[]): void {
  const shown = JSON.stringify(given);
  if (parts.includes('')) {
    throw new UsageError(`${option} ${shown}: a name is empty; write it as logs or ops.logs`);
  }
  const unfit = UNFIT.exec(given)?.[0];
  if (unfit === undefined) return;
  const character = unfit.split('').map(escaped).join('');
  throw new UsageError(`${option}: ${character} can't be in a name`);
}

/** @throws UsageError */
function requireOwn(by: string): void {
  const taken = [...Object.keys(COLUMNS), ...RESULT_COLUMNS].find(
    (column) => column === by.toLowerCase(),
  );
  if (taken === undefined) return;
  throw new UsageError(
    `--by ${by}: that column has a meaning of its own; name one that tells systems apart`,
  );
}
