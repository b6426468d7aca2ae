import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createTable,
  DIALECT_NAMES,
  RULES,
  type StatementOptions,
  scriptOf,
  statementOf,
} from '../../src/sql/index.ts';
import type { Answer, SqlDatabase, SqlRow } from '../support/sql-databases.ts';
import { startDuckDB } from '../support/sql-databases.ts';
import { itThoroughly } from '../support/thorough.ts';

let database: SqlDatabase;

beforeAll(async () => {
  database = await startDuckDB();
});
afterAll(() => database.stop());

const BY = 'log_id';

const placed = (rows: SqlRow[], id = 'x'): SqlRow[] =>
  rows.map((row, index) => ({ log_id: id, line: index + 1, ...row }));

/** What a statement says of these rows, in a table of their own. */
async function answersTo(
  rows: SqlRow[],
  options: Partial<StatementOptions> = {},
): Promise<Answer[]> {
  const { table = 'connection_log' } = options;
  await database.run(createTable('duckdb', table, BY));
  try {
    await database.fill(table, rows);
    return await database.ask(statementOf({ rules: RULES, dialect: 'duckdb', table, ...options }));
  } finally {
    await database.run(`DROP TABLE "${table.replaceAll('"', '""')}"`);
  }
}

const line = (event: string, number: number | null, fields: SqlRow = {}): SqlRow => ({
  log: 'server',
  side: 'server',
  time: '2026-01-01T00:00:00Z',
  event,
  session_id: 's',
  connection_sequence: number,
  client_id: `c${number}`,
  ...fields,
});
const opened = (number: number | null, fields?: SqlRow) =>
  line('connection_opened', number, fields);
const closed = (number: number | null, fields?: SqlRow) =>
  line('connection_closed', number, { duration_seconds: 0, ...fields });
const ofClient = (event: string, number: number | null, fields?: SqlRow) =>
  line(event, number, {
    log: 'client',
    side: 'client',
    document_id: 'd1',
    client_id: null,
    ...fields,
  });

const said = (answers: Answer[]): string[] =>
  answers
    .filter(({ answer }) => !answer.endsWith('checked'))
    .map(({ answer, code, reason, session_id, line: at }) =>
      [answer, code ?? reason, session_id, at].filter((part) => part !== null).join(' '),
    );

/** Opens that fall: a finding, where nothing is unknown. */
const FALLING = [opened(2), opened(1), closed(1), closed(2)];

/** Of each, what is told. */
const CASES: [name: string, rows: SqlRow[], answers: string[]][] = [
  ['a sound log', [opened(1), closed(1), opened(2), closed(2)], []],
  ['a number that falls', FALLING, ['finding sequence-not-increasing s 2']],
  ['lines of a third side', [...FALLING, opened(3, { side: 'faults' })], ['unknown row-unusable']],
  ['a line without a time', [...FALLING, opened(3, { time: null })], ['unknown row-unusable']],
  ['two lines in one place', [...FALLING, opened(3, { line: 1 })], ['unknown line-repeated']],
  [
    'a line that could not be read',
    [...FALLING, { log: 'server', side: 'server', event: 'line_damaged' }],
    ['finding sequence-not-increasing s 2', 'unknown line-damaged'],
  ],
  [
    'numbers that another line may have',
    [...FALLING, opened(null, { client_id: 'c2' })],
    ['unknown line-incomplete s'],
  ],
  [
    'a session that no line gives, of a connection that is named',
    [closed(3, { session_id: null })],
    ['unknown line-incomplete'],
  ],
  [
    'connections that only some lines name',
    [opened(2), opened(1, { client_id: null }), closed(1), closed(2)],
    ['unknown client-id-missing s'],
  ],
  [
    'a connection in two servers’ logs',
    [...FALLING, closed(2, { log: 'other' })],
    ['unknown two-logs s'],
  ],
  [
    'a session in two clients’ logs',
    [ofClient('connection_attempt', 2), ofClient('connection_attempt', 1, { log: 'other' })],
    ['unknown two-logs s'],
  ],
  [
    'a log without numbers',
    [...FALLING, closed(null, { log: 'other', session_id: 't', client_id: 'x' })],
    ['unknown no-sequence'],
  ],
  [
    'opens in one log and closes in another',
    [opened(2), opened(1), closed(3, { log: 'other', session_id: 't' })],
    ['unknown opens-and-closes-apart'],
  ],
  [
    'clients that log attempts beside others that don’t',
    [
      ofClient('connection_attempt', 2),
      ofClient('connection_attempt', 1),
      ofClient('connection_closed', 1, { log: 'other', session_id: 't' }),
    ],
    ['unknown clients-differ'],
  ],
  [
    'closes without a duration',
    [closed(2, { duration_seconds: null }), closed(1, { duration_seconds: null })],
    ['unknown order-unknown s'],
  ],
  [
    'a page that brought back older storage',
    [
      ofClient('session_started', null),
      ofClient('connection_attempt', 1),
      ofClient('document_loaded', null, { document_id: 'd2' }),
      ofClient('connection_attempt', 1, { document_id: 'd2' }),
      ofClient('sequence_advanced', 1, { document_id: 'd2' }),
    ],
    ['unknown sequence-duplicated s 4'],
  ],
];

describe('what SQL can’t know', () => {
  let answers: Answer[];

  beforeAll(async () => {
    const rows = CASES.flatMap(([name, rows]) => placed(rows, name));
    answers = await answersTo(rows, { by: BY });
  });

  it.each(CASES)('is told of %s', (name, _rows, wanted) => {
    expect(said(answers.filter(({ log_id: of }) => of === name))).toEqual(wanted);
  });

  it('is told of a table without rows', async () => {
    expect(said(await answersTo([]))).toEqual(['unknown no-connections']);
  });
});

describe('a statement', () => {
  it.each(RULES.map((rule) => [rule.code, rule] as const))(
    'of %s alone has all its steps',
    (_, rule) => {
      const sql = statementOf({ rules: [rule], dialect: 'clickhouse', table: 't' });
      const steps = sql.split(/^(?=\w+ AS \($)/m).slice(1);
      const known = new Set<string>();
      for (const step of steps) {
        const read = [...step.matchAll(/(?:FROM|JOIN) (\w+)/g)].map(([, name = '']) => name);
        const [name = ''] = step.split(' ');
        // The last one's text goes on with what reads all.
        expect([...known, 'answers'], name).toEqual(expect.arrayContaining(read));
        known.add(name);
      }
    },
  );

  itThoroughly('of one rule finds what that of all finds for it', async () => {
    const rows = [...FALLING, opened(1, { client_id: 'other' }), opened(null, { client_id: null })];
    const all = await answersTo(placed(rows));
    for (const rule of RULES) {
      const alone = await answersTo(placed(rows), { rules: [rule] });
      expect(alone).toEqual(all.filter(({ code }) => code === rule.code || code === null));
    }
  });

  it.each(DIALECT_NAMES)('is one, whatever names have in them: %s', (dialect) => {
    const by = 'a"b; --';
    const [sql = '', ...rest] = statementOf({ rules: RULES, dialect, table: 't', by }).split(/;$/m);
    expect(rest).toEqual(['']);
    expect(sql.match(/^SELECT/gm)).toHaveLength(1);
  });

  it('reads the table that it is told, whatever that is called', async () => {
    const table = 'x"; DROP TABLE y; --';
    expect(said(await answersTo(placed(FALLING), { table }))).toHaveLength(1);
  });

  it('judges systems apart from each other', async () => {
    const rows = [...placed([opened(2)], 'one'), ...placed([{ ...opened(1), line: 2 }], 'other')];
    expect(said(await answersTo(rows, { by: BY }))).toEqual([]);
    expect(said(await answersTo(rows))).toHaveLength(1);
  });

  it('escapes what ClickHouse takes for an escape', () => {
    expect(createTable('clickhouse', 'a\\"b')).toMatch(/^CREATE TABLE "a\\\\\\"b" \(/);
  });

  it('tells PostgreSQL not to compare all with all', () => {
    const options = { rules: RULES, table: 'connection_log' };
    expect(scriptOf({ ...options, dialect: 'postgres' })).toMatch(
      /^--.*\nSET enable_nestloop = off;\nSET enable_mergejoin = off;\n/,
    );
    expect(scriptOf({ ...options, dialect: 'duckdb' })).toMatch(/^WITH\n/);
  });
});
