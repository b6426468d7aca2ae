/** What statements of `wsdiag sql` find in mutated logs, held against what `check` finds in them. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createTable, type DialectName, RULES, statementOf } from '../../src/sql/index.ts';
import { postgresVersion } from '../support/postgres.ts';
import { type Checked, checked, compare, judged, rowsOf } from '../support/sql-agreement.ts';
import {
  type Answer,
  type SqlDatabase,
  startDuckDB,
  startPostgres,
} from '../support/sql-databases.ts';
import { KINDS, type SqlLogs, sqlLogs } from '../support/sql-logs.ts';
import { isThorough } from '../support/thorough.ts';

let all: SqlLogs[];
/** By their index. */
let results: Checked[];

beforeAll(async () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'wsdiag-test-'));
  all = [...sqlLogs(isThorough ? 1000 : KINDS.length, directory)];
  results = [];
  for (const [index, logs] of all.entries()) {
    // From files, as the command does, where that takes no minutes.
    const isRead = index < KINDS.length || logs.others !== undefined;
    results.push(isRead ? await checked(logs, directory) : judged(logs));
  }
  return () => fs.rmSync(directory, { recursive: true });
});

const version = postgresVersion();

describe.each([
  { name: 'DuckDB', dialect: 'duckdb', start: startDuckDB, isThere: true },
  {
    name: `PostgreSQL ${version ?? '(not installed, so nothing ran on it)'}`,
    dialect: 'postgres',
    start: startPostgres,
    isThere: version !== null,
  },
] as const)('in $name', ({ dialect, start, isThere }) => {
  it.runIf(isThere)('mutated logs have what check finds in them', async () => {
    const database = await start();
    try {
      await expectAgreement(database, dialect);
    } finally {
      await database.stop();
    }
  });
});

/** All logs lie in one table, and one statement judges each by itself. */
async function expectAgreement(database: SqlDatabase, dialect: DialectName): Promise<void> {
  await database.run(createTable(dialect, 'connection_log', 'log_id'));
  await database.fill(
    'connection_log',
    all.flatMap((logs, index) => rowsOf(logs, `${index}`)),
  );
  const sql = statementOf({ rules: RULES, dialect, table: 'connection_log', by: 'log_id' });
  const answers = byLog(await database.ask(sql));
  const compared = all.map((logs, index) => ({
    name: logs.name,
    ...compare(answers.get(`${index}`) ?? [], results[index] as Checked),
  }));
  const isApart = ({ sqlAlone, checkAlone }: (typeof compared)[number]) =>
    sqlAlone.length + checkAlone.length > 0;
  expect(compared.filter(isApart)).toEqual([]);
  const agreed = compared.flatMap((one) => one.agreed);
  const unknown = compared.flatMap((one) => one.unknown);
  expect(agreed.length).toBeGreaterThan(all.length / 2);
  if (!isThorough) return;
  expect(unknown.length).toBeLessThan(agreed.length / 8);
  expect(codesIn(agreed)).toEqual(new Set(RULES.map(({ code }) => code)));
}

function byLog(answers: Answer[]): Map<string, Answer[]> {
  const all = new Map<string, Answer[]>();
  for (const answer of answers) {
    const id = answer.log_id as string;
    const known = all.get(id);
    if (known) known.push(answer);
    else all.set(id, [answer]);
  }
  return all;
}

const codesIn = (names: string[]) => new Set(names.map((name) => name.split(' ')[0]));
