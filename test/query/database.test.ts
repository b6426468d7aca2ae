import { beforeAll, describe, expect, it } from 'vitest';
import type { LogDatabase } from '../../src/query/index.ts';
import { asked, databaseOf, record, rowsOf, sharedDatabase } from './support.ts';

/** Of a server's log that has no line. */
let empty: LogDatabase;

beforeAll(async () => {
  const { database, remove } = await sharedDatabase();
  empty = database;
  return remove;
});

const answer = (sql: string) => rowsOf(empty, sql);
const failure = (sql: string) => answer(sql).then(String, (error: Error) => error.message);

describe('the tables', () => {
  it('answer the statement that sessions are for', async () => {
    const rows = await asked(
      "SELECT * FROM websocket_logs WHERE session_id = 'xyz' ORDER BY connection_sequence",
      [
        record({ session_id: 'xyz', connection_sequence: 2 }),
        record({ session_id: 'other', connection_sequence: 1 }),
        record({ session_id: 'xyz', connection_sequence: 1 }),
      ],
    );
    expect(rows.map((row) => row.slice(1, 4))).toEqual([
      ['xyz', 1n, 'connection_closed'],
      ['xyz', 2n, 'connection_closed'],
    ]);
  });

  it('have typed columns', async () => {
    const rows = await asked(
      `SELECT typeof(time), typeof(connection_sequence), typeof(close_code), typeof(was_clean),
         typeof(duration_seconds), typeof(fields), typeof(line)
       FROM websocket_logs`,
      [record({})],
    );
    expect(rows).toEqual([
      ['TIMESTAMP WITH TIME ZONE', 'BIGINT', 'INTEGER', 'BOOLEAN', 'DOUBLE', 'JSON', 'BIGINT'],
    ]);
  });

  it('have nothing in a column that is of another type, and keep it in fields', async () => {
    const values = [
      ['close_code', '1006'],
      ['close_code', 1006.5],
      ['close_code', 2 ** 31],
      ['close_code', null],
      ['was_clean', 1],
      ['duration_seconds', '0.5'],
      ['duration_seconds', [1]],
      ['close_reason', 7],
      ['lines', 2 ** 53],
      ['level', 'info'],
    ] as const;
    const rows = await asked(
      values
        .map(
          ([name], index) =>
            `SELECT ${name}::VARCHAR, fields->'$.${name}' FROM websocket_logs WHERE line = ${index}`,
        )
        .join(' UNION ALL '),
      values.map(([name, value], line) => ({ ...record({ [name]: value }), line })),
    );
    expect(rows).toEqual(values.map(([, value]) => [null, JSON.stringify(value)]));
  });

  it('hold rows of every length, nulls after values among them', async () => {
    const records = Array.from({ length: 5000 }, (_, index) =>
      record(
        index % 3 === 0
          ? {}
          : { client_id: `${index}`.repeat((index % 5) + 1), close_code: index, was_clean: true },
      ),
    );
    const rows = await asked(
      'SELECT client_id, close_code, was_clean FROM websocket_logs',
      records,
    );
    expect(rows).toEqual(
      records.map(({ client_id, fields }) => [
        client_id ?? null,
        fields.close_code ?? null,
        fields.was_clean ?? null,
      ]),
    );
  });

  it('hold text that is no text elsewhere', async () => {
    const reason = 'a\0b\u2028\u202e\n"\'; DROP TABLE websocket_logs; --';
    const fields = {
      close_reason: reason,
      ['__proto__']: 'mine',
      half: '\ud800',
      '\udc00': '\\ud800',
    };
    const rows = await asked(
      `SELECT close_reason, fields->>'$.close_reason', fields->>'$.__proto__', fields->>'$.half',
         json_keys(fields)[-1], fields->>json_keys(fields)[-1]
       FROM websocket_logs`,
      [record(JSON.parse(JSON.stringify(fields)))],
    );
    expect(rows).toEqual([[reason, reason, 'mine', '\ufffd', '\ufffd', '\\ud800']]);
  });

  it('hold a line that is nested too deep to be written again, without its fields', async () => {
    let deep: unknown = 1;
    for (let depth = 0; depth < 100_000; depth += 1) deep = [deep];
    const rows = await asked('SELECT session_id, fields FROM websocket_logs', [
      record({ session_id: 's', deep }),
    ]);
    expect(rows).toEqual([['s', null]]);
  });

  it('compare times in UTC', async () => {
    const rows = await asked(
      `SELECT time = '2026-01-01 00:00', date_trunc('day', time) = time,
         time = '2026-01-01T01:00:00+01:00', (time AT TIME ZONE 'Asia/Tokyo')::VARCHAR
       FROM websocket_logs`,
      [record({})],
    );
    expect(rows).toEqual([[true, true, true, '2026-01-01 09:00:00']]);
  });

  it('are there for the logs that are there', async () => {
    const logs = ['client', 'faults'] as const;
    expect(await asked('SHOW TABLES', [], [...logs])).toEqual([['client_logs'], ['faults']]);
    const records = [record({ delay_ms: 1.5 }, 'client'), record({ half_open: true }, 'faults')];
    const rows = await asked('SELECT delay_ms, half_open FROM client_logs, faults', records, [
      ...logs,
    ]);
    expect(rows).toEqual([[1.5, true]]);
  });
});

describe('a query', () => {
  it('keeps the order it asks for, over many rows', async () => {
    const rows = await answer('SELECT range FROM range(10000) ORDER BY range DESC');
    expect(rows.map(([value]) => Number(value))).toEqual(
      Array.from({ length: 10_000 }, (_, index) => 9999 - index),
    );
  });

  it.each([
    ['SELECT 1;', [[1]]],
    [';;SELECT 1 -- one; not two\n;', [[1]]],
    ["SELECT ';' AS a, 'SELECT 2; SELECT 3'", [[';', 'SELECT 2; SELECT 3']]],
    ['CREATE VIEW v AS SELECT 1 AS a; CREATE MACRO two() AS 2; SELECT a, two() FROM v', [[1, 2]]],
    ['FROM range(1)', [[0n]]],
    ['VALUES (1), (2)', [[1], [2]]],
    ['-- which columns?\nDESCRIBE SELECT 1 AS a', [['a', 'INTEGER', 'YES', null, null, null]]],
    ["PIVOT (SELECT 'a' AS k, 1 AS v) ON k USING sum(v)", [[1n]]],
    ["CREATE VIEW w AS SELECT 'a' AS k, 1 AS v; PIVOT w ON k USING sum(v);", [[1n]]],
    ['SELECT 1 WHERE false', []],
  ])('may be %j', async (sql, rows) => {
    expect(await answer(sql)).toEqual(rows);
  });

  it('may be SHOW behind a comment', async () => {
    expect(await asked('/* which? */ SHOW TABLES', [])).toEqual([['websocket_logs']]);
  });

  it('can not be what gives no rows, or fails', async () => {
    for (const [sql, message] of [
      ['', 'the query is empty'],
      [' ;\n-- nothing', 'the query is empty'],
      ['SELECT 1; SELECT 2', 'only the last statement may give rows'],
      ['CREATE VIEW v AS SELECT 1', 'its last statement must give rows'],
      ['EXPLAIN SELECT 1', 'its last statement must give rows'],
      ['DELETE FROM websocket_logs', 'its last statement must give rows'],
      ['DROP TABLE websocket_logs; SELECT 1', 'those before it may only CREATE'],
      ['SELECT ?', 'Invalid Input Error'],
      ["SELECT repeat('x', 5000000000)", 'Out of Range Error'],
      ['SELECT array_agg()', 'Candidate functions:\n  array_agg('],
    ] as const) {
      await expect(empty.run(sql), sql).rejects.toThrow(message);
    }
  });

  it('that is wrong is shown where, in its own lines', async () => {
    expect(await failure('SELECT 1\nFORM x')).toBe(
      'Parser Error: syntax error at or near "x"\n\nLINE 2: FORM x\n             ^',
    );
    expect(await failure("SELECT 1,\n  range || 'a'::INTEGER FROM range(3)")).toMatch(
      /^Conversion Error: .*\n(?:.*\n)*LINE 2: {3}range \|\| 'a'::INTEGER FROM range\(3\)\n {20,}\^$/,
    );
    expect(await failure('FROM nothing')).toMatch(
      /nothing does not exist!\nThere is: websocket_logs\n/,
    );
  });

  it('on a log that is not there says which are', async () => {
    expect(await failure('FROM Client_Logs')).toBe(
      'there is no table Client_Logs: no client log is among those that are named: ' +
        'server.ndjson (server log)',
    );
  });

  it('that fails late fails whole', async () => {
    const late =
      "SELECT CASE range WHEN 499999 THEN error('late') ELSE range END FROM range(500000)";
    expect(await failure(late)).toContain('late');
  });

  it('is checked before there are rows', async () => {
    await expect(empty.check('SELECT nope FROM websocket_logs')).rejects.toThrow('nope');
    await expect(empty.check('SELECT 1; SELEC 2')).rejects.toThrow('Parser Error');
    await empty.check('SELECT event::INTEGER FROM websocket_logs');
  });

  it('can be interrupted', async () => {
    const database = await databaseOf([]);
    const running = database.run('SELECT count(*) FROM range(1000000000000) WHERE range % 7 = 3');
    // Before it has begun.
    database.interrupt();
    await expect(running).rejects.toThrow('Interrupt');
  });

  it('cut off while its rows are read is no shorter result', async () => {
    const database = await databaseOf([]);
    const { rows } = await database.run('FROM range(500000)');
    const reading = rows();
    await reading.next();
    database.interrupt();
    await expect(
      (async () => {
        for await (const _ of reading);
      })(),
    ).rejects.toThrow(/of 500000 rows could be read/);
  });

  it('runs on an empty log', async () => {
    expect(await answer('SELECT count(*) FROM websocket_logs')).toEqual([[0n]]);
  });
});
