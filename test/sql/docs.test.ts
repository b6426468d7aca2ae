import fs from 'node:fs';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it } from 'vitest';
import { COLUMNS, createTable, RESULT_COLUMNS, RULES, scriptOf } from '../../src/sql/index.ts';
import { judgeFiles } from '../support/judge-file.ts';
import { Postgres, postgresVersion } from '../support/postgres.ts';
import { blocksOf } from '../support/project.ts';
import { isThorough } from '../support/thorough.ts';
import { temporaryDirectory } from '../support/world.ts';

const PAGE = fs.readFileSync(path.join(import.meta.dirname, '../../docs/sql.md'), 'utf8');
const [example = ''] = blocksOf('sql.md', 'json');
const [answer = ''] = blocksOf('sql.md', 'csv');
const [intoDuckDB = '', intoPostgres = ''] = blocksOf('sql.md', 'sql');
const TABLE = 'connection_log';

function exampleFile(text = example): string {
  const file = path.join(temporaryDirectory(), 'server.ndjson');
  fs.writeFileSync(file, text);
  return file;
}

async function inDuckDB(file: string): Promise<string[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'");
  await connection.run(createTable('duckdb', TABLE));
  await connection.run(
    intoDuckDB.replace("read_json_objects('server.ndjson'", `read_json_objects('${file}'`),
  );
  const script = scriptOf({ rules: RULES, dialect: 'duckdb', table: TABLE });
  const rows = (await connection.runAndReadAll(script)).getRowsJson();
  connection.closeSync();
  instance.closeSync();
  return rows.map((row) => row.map((value) => value ?? '').join(','));
}

describe('the example of docs/sql.md', () => {
  const [, ...rows] = answer.trimEnd().split('\n');

  it('is what DuckDB answers', async () => {
    expect((await inDuckDB(exampleFile())).sort()).toEqual(rows.toSorted());
  });

  it('has what check finds', async () => {
    const { findings } = await judgeFiles([exampleFile()], 'server');
    const found = findings.map(({ code, session_id }) => `${code} ${session_id}`);
    const told = rows
      .map((row) => row.split(','))
      .filter(([kind]) => kind === 'finding')
      .map(([, code, , , , , , session]) => `${code} ${session}`);
    expect(told.sort()).toEqual(found.sort());
  });

  it.runIf(isThorough && postgresVersion() !== null)('is what PostgreSQL prints', async () => {
    const postgres = await Postgres.start();
    try {
      const load = intoPostgres.replace("FROM 'server.ndjson'", `FROM '${exampleFile()}'`);
      await postgres.run(`${createTable('postgres', TABLE)}\n${load}`);
      const script = scriptOf({ rules: RULES, dialect: 'postgres', table: TABLE });
      expect(await postgres.run(`\\pset format csv\n\\pset tuples_only off\n${script}`)).toBe(
        answer,
      );
    } finally {
      await postgres.stop();
    }
  });
});

it('docs/sql.md’s way into DuckDB keeps what is no number, and tells of what is no JSON', async () => {
  const opened = (number: unknown) =>
    `${JSON.stringify({ time: '2026-11-23T10:00:01Z', event: 'connection_opened', session_id: 'ann', connection_sequence: number })}\n`;
  const file = exampleFile(`${opened(2.5)}${opened('2')}no JSON\n${opened(-1)}`);
  const rows = (await inDuckDB(file)).map((row) => row.split(',').slice(0, 6).join(' '));
  expect(rows.filter((row) => !row.includes('checked'))).toEqual([
    'finding sequence-missing  server server.ndjson 1',
    'finding sequence-missing  server server.ndjson 4',
    'unknown  line-damaged server server.ndjson ',
  ]);
});

it('docs/sql.md tells of every check, column and reason', () => {
  const texts = [
    ...RULES.map(({ code }) => code),
    ...Object.keys(COLUMNS),
    ...RESULT_COLUMNS,
    ...scriptOf({ rules: RULES, dialect: 'duckdb', table: TABLE }).matchAll(
      /'([a-z-]+)' AS reason/g,
    ),
  ].map((text) => (typeof text === 'string' ? text : (text[1] as string)));
  for (const text of texts) expect(PAGE).toContain(`\`${text}\``);
});
