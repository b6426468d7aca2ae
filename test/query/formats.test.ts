import fs from 'node:fs';
import path from 'node:path';
import { DuckDBConnection } from '@duckdb/node-api';
import { beforeAll, describe, expect, it } from 'vitest';
import { cells, csv, json, type LogDatabase } from '../../src/query/index.ts';
import { temporaryDirectory } from '../support/world.ts';
import { databaseOf, record, sharedDatabase, textOf } from './support.ts';

let shared: LogDatabase;

beforeAll(async () => {
  const { database, remove } = await sharedDatabase([record({ close_code: 1006 })]);
  shared = database;
  return remove;
});

const result = (sql: string) => shared.run(sql);
const csvOf = async (sql: string) => textOf(csv(await result(sql)));
const jsonOf = async (sql: string) => textOf(json(await result(sql)));

const ALL_TYPES = 'FROM test_all_types()';

/** Values, and how CSV has them. */
const WRITTEN = [
  ["TIMESTAMPTZ '2026-01-01 10:00:00.5+02'", '2026-01-01T08:00:00.500Z'],
  ["TIMESTAMP '2026-01-01 10:00:00.123456'", '2026-01-01T10:00:00.123456'],
  ["TIMESTAMPTZ '1969-12-31 23:59:59.999999+00'", '1969-12-31T23:59:59.999999Z'],
  ["TIMESTAMPTZ 'infinity'", 'infinity'],
  ["DATE '2026-01-01'", '2026-01-01'],
  ["INTERVAL '90 minutes'", '01:30:00'],
  ['9007199254740993::BIGINT', '9007199254740993'],
  ['170141183460469231731687303715884105727::HUGEINT', '170141183460469231731687303715884105727'],
  ['1.50::DECIMAL(9,2)', '1.50'],
  ["'NaN'::DOUBLE", 'NaN'],
  ['0.1::DOUBLE', '0.1'],
  ['true', 'true'],
  ["{'a': [1, NULL]}", '"{""a"":[1,null]}"'],
  ["MAP {1: 'x'}", '"{""1"":""x""}"'],
] as const;

describe('csv', () => {
  it('quotes as RFC 4180 has it, and tells null from the empty text', async () => {
    const text = await csvOf(
      `SELECT 'a,b' AS "x,y", 'say "hi"' AS q, 'two' || chr(10) || 'lines' AS l, '' AS e, NULL AS n, 'plain' AS p`,
    );
    expect(text).toBe('"x,y",q,l,e,n,p\n"a,b","say ""hi""","two\nlines","",,plain\n');
  });

  it('leaves what looks like a formula, or is not fit for a terminal, as it is', async () => {
    expect(await csvOf("SELECT '=1+1' AS a, chr(27) || '[31m' AS b")).toBe(
      'a,b\n=1+1,\u001b[31m\n',
    );
  });

  it('has a header alone where there are no rows', async () => {
    expect(await csvOf('SELECT 1 AS a WHERE false')).toBe('a\n');
  });

  it('has all rows of many, in order', async () => {
    const lines = (await csvOf('FROM range(5000)')).split('\n');
    expect(lines).toEqual(['range', ...Array.from({ length: 5000 }, (_, n) => `${n}`), '']);
  });

  it('writes what is no text as it reads', async () => {
    const columns = WRITTEN.map(([value], index) => `${value} AS v${index}`);
    const [, row] = (await csvOf(`SELECT ${columns.join(', ')}`)).split('\n');
    expect(row).toBe(WRITTEN.map(([, written]) => written).join(','));
  });
});

describe('json', () => {
  it('is an array of an object a row', async () => {
    const text = await jsonOf(
      "SELECT range AS n, 'r' || range AS name, {'even': range % 2 = 0} AS s FROM range(5000)",
    );
    expect(JSON.parse(text)).toEqual(
      Array.from({ length: 5000 }, (_, n) => ({ n, name: `r${n}`, s: { even: n % 2 === 0 } })),
    );
    expect(text.split('\n')[1]).toBe('{"n":0,"name":"r0","s":{"even":true}},');
  });

  it('is an empty array where there are no rows', async () => {
    expect(await jsonOf('SELECT 1 WHERE false')).toBe('[]\n');
  });

  it('keeps all digits of a number', async () => {
    expect(await jsonOf('SELECT 9007199254740993 AS n, 1.50::DECIMAL(9,2) AS d')).toBe(
      '[\n{"n":9007199254740993,"d":1.50}\n]\n',
    );
  });

  it('has JSON as JSON, and not as text', async () => {
    const [row] = JSON.parse(await jsonOf('SELECT fields, [fields] AS l FROM websocket_logs'));
    expect(row.fields.close_code).toBe(1006);
    expect(row.l[0]).toEqual(row.fields);
  });

  it('names columns of one name apart', async () => {
    const [row] = JSON.parse(await jsonOf('SELECT 1 AS a, 2 AS a, 3 AS "A"'));
    expect(Object.values(row)).toEqual([1, 2, 3]);
  });

  it('has no number for what is none', async () => {
    expect(JSON.parse(await jsonOf("SELECT 'NaN'::DOUBLE AS a, '-inf'::DOUBLE AS b"))).toEqual([
      { a: 'NaN', b: '-Infinity' },
    ]);
  });

  it('holds every type', async () => {
    const rows = JSON.parse(await jsonOf(ALL_TYPES));
    expect(rows).toHaveLength(3);
    expect(Object.keys(rows[0]).length).toBeGreaterThan(40);
    expect(rows[1].union).toBe(5);
    expect(rows[1].map).toEqual({ key1: '🦆🦆🦆🦆🦆🦆', key2: 'goose' });
  });
});

describe('cells', () => {
  it('hold every type as text', async () => {
    for await (const rows of cells(await result(ALL_TYPES))) {
      expect(rows).toHaveLength(3);
      for (const cell of rows.flat()) expect(cell === null || typeof cell === 'string').toBe(true);
    }
  });
});

describe('parquet', () => {
  it('holds the rows with their types', async () => {
    const database = await databaseOf([record({ close_code: 1006, session_id: "it's" })]);
    const target = path.join(temporaryDirectory(), "it's.parquet");
    await database.run(
      "SELECT time, session_id, close_code, 9007199254740993 AS big, [1] AS l, fields, DATE '2026-01-01' AS d FROM websocket_logs",
    );
    await database.exportParquet(target);
    const reader = await DuckDBConnection.create();
    const read = await reader.runAndReadAll('FROM read_parquet($1)', [target]);
    const [row] = read.getRowObjectsJson();
    expect(row).toMatchObject({
      session_id: "it's",
      close_code: 1006,
      big: '9007199254740993',
      l: [1],
    });
    expect(read.columnTypes().map(String)).toEqual([
      'TIMESTAMP WITH TIME ZONE',
      'VARCHAR',
      'INTEGER',
      'BIGINT',
      'INTEGER[]',
      'VARCHAR',
      'DATE',
    ]);
    reader.closeSync();
  });

  it('says what is in its way', async () => {
    const database = await databaseOf([]);
    await database.run('SELECT 1');
    const nowhere = path.join(temporaryDirectory(), 'no', 'out.parquet');
    await expect(database.exportParquet(nowhere)).rejects.toMatchObject({ name: 'QueryError' });
    expect(fs.existsSync(nowhere)).toBe(false);
  });
});
