import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { LogDatabase } from '../../src/query/index.ts';
import { temporaryDirectory } from '../support/world.ts';

const SECRET = 'root-of-all-secrets';

/** Places that a query has no business with; `{out}` and the like stand for them in an attack. */
function place() {
  const root = temporaryDirectory();
  const at = (name: string) => path.join(root, name);
  fs.mkdirSync(at('database'));
  fs.mkdirSync(at('import'));
  fs.writeFileSync(at('secret.txt'), `${SECRET}\n`);
  fs.writeFileSync(at('secret.json'), `{"secret":"${SECRET}"}\n`);
  fs.writeFileSync(at('import/schema.sql'), `CREATE TABLE stolen AS SELECT '${SECRET}' AS secret;`);
  fs.writeFileSync(at('import/load.sql'), '');
  const fill = (sql: string) =>
    sql.replace(/\{(\w+)\}/g, (_, name) =>
      name === 'txt' || name === 'json' ? at(`secret.${name}`) : at(name),
    );
  return { root, at, fill };
}

/** Every file there is but the database's own. */
const filesIn = (root: string): string[] =>
  fs
    .readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.startsWith('database'))
    .sort();

/** Whatever a query gives, or the error it ends with. */
async function outcome(database: LogDatabase, sql: string): Promise<string> {
  try {
    const { rows } = await database.run(sql);
    let text = '';
    for await (const some of rows())
      text += JSON.stringify(some, (_, v) => (typeof v === 'bigint' ? `${v}` : v));
    return text;
  } catch (error) {
    return `refused: ${(error as Error).message}`;
  }
}

const READING = [
  "FROM read_text('{txt}')",
  "FROM read_blob('{txt}')",
  "FROM read_csv('{txt}')",
  "FROM read_csv_auto('{txt}')",
  "FROM read_json('{json}')",
  "FROM read_ndjson_objects('{json}')",
  "FROM read_parquet('{txt}')",
  "FROM parquet_metadata('{txt}')",
  "FROM read_duckdb('{txt}')",
  "FROM sniff_csv('{txt}')",
  "FROM '{json}'",
  'FROM "{json}"',
  "FROM glob('{import}/*')",
  "FROM '/etc/passwd'",
  "FROM read_text('/etc/passwd')",
  "FROM read_text('/proc/self/environ')",
  "FROM read_text('{database}/../secret.txt')",
  "FROM read_text('{database}/spilled/../../secret.txt')",
  "FROM read_text('{database}/logs.duckdb/../../secret.txt')",
  "FROM read_text('file://{txt}')",
  "FROM read_csv('http://127.0.0.1:1/x.csv')",
  "FROM 's3://bucket/x.parquet'",
  "FROM query('FROM read_text(''{txt}'')')",
  "FROM query_table('{json}')",
  "FROM json_execute_serialized_sql(json_serialize_sql('FROM read_text(''{txt}'')'))",
  "CREATE TABLE t AS FROM read_text('{txt}'); FROM t",
  "CREATE VIEW v AS FROM read_text('{txt}'); FROM v",
  "CREATE MACRO m(f) AS TABLE FROM read_text(f); FROM m('{txt}')",
  "COPY websocket_logs FROM '{txt}'",
  "IMPORT DATABASE '{import}'; FROM stolen",
  "PRAGMA import_database('{import}'); FROM stolen",
  "ATTACH '{txt}' AS other; FROM other.t",
  "SELECT getenv('WSDIAG_SECRET')",
  'SELECT * FROM duckdb_settings() WHERE value LIKE getenv(name)',
];

const WRITING = [
  "COPY websocket_logs TO '{out}'",
  "COPY (SELECT 1) TO '{out}' (FORMAT parquet)",
  "COPY (SELECT 1) TO '{database}/../out'",
  "COPY (SELECT 1) TO '{database}/spilled/../../out'",
  "COPY (SELECT 1) TO '{database}/out'",
  "EXPLAIN ANALYZE COPY (SELECT 1) TO '{out}'",
  "SELECT 1; COPY (SELECT 1) TO '{out}'",
  "COPY (SELECT 1) TO '{out}'; SELECT 1",
  "SELECT 1) TO '{out}' --",
  "EXPORT DATABASE '{out}'",
  "ATTACH '{out}' AS other",
  "ATTACH '{out}' AS other; CREATE TABLE other.t AS SELECT 1; SELECT 1",
  "CREATE PERSISTENT SECRET s (TYPE http, BEARER_TOKEN 'x'); SELECT 1",
  "SET log_query_path = '{out}'; SELECT 1",
  "PRAGMA profiling_output = '{out}'; SELECT 1",
  "PRAGMA enable_profiling = 'json'; SELECT 1",
  "SET temp_directory = '{out}'; SELECT 1",
  "CALL enable_logging(storage = 'file', storage_path = '{out}'); SELECT 1",
  "FROM enable_logging(storage = 'file', storage_path = '{out}')",
  'FROM "enable_logging"(storage = \'stdout\')',
  "FROM enable_profiling(format = 'json', save_location = '{out}')",
  "FROM query('FROM enable_' || 'logging(storage = ''file'', storage_path = ''{out}'')')",
];

const CHANGING = [
  'SET enable_external_access = true',
  'SET GLOBAL enable_external_access = true; SELECT 1',
  'RESET enable_external_access; SELECT 1',
  'SET lock_configuration = false; SELECT 1',
  "SET allowed_paths = ['/etc/passwd']; FROM read_text('/etc/passwd')",
  "SET memory_limit = '1TB'; SELECT 1",
  "SET TimeZone = 'Asia/Tokyo'; SELECT 1",
  'PRAGMA enable_profiling; SELECT 1',
  'INSTALL httpfs; SELECT 1',
  'LOAD httpfs; SELECT 1',
  "LOAD '{txt}'; SELECT 1",
  "FORCE INSTALL spatial FROM 'http://127.0.0.1:1'; SELECT 1",
  'UPDATE EXTENSIONS; SELECT 1',
  "ATTACH ':memory:' AS other; SELECT 1",
  'DETACH logs; SELECT 1',
  'USE temp; SELECT 1',
  'CHECKPOINT; SELECT 1',
  'BEGIN; SELECT 1',
  'DROP TABLE websocket_logs; SELECT 1',
  'INSERT INTO websocket_logs(line) VALUES (1); SELECT 1',
  'PREPARE p AS SELECT 1; EXECUTE p',
  'CALL pragma_version()',
];

const open = (at: (name: string) => string) =>
  LogDatabase.open(at('database'), [{ log: 'server', file: 'server.ndjson' }]);

describe('a hostile query', () => {
  it.each([
    ['to read', READING],
    ['to write', WRITING],
    ['to change', CHANGING],
  ])('is refused %s what it has no business with', async (_, attacks) => {
    const { root, at, fill } = place();
    const before = filesIn(root);
    const database = await open(at);
    database.finishLoading();
    // What an attack has left switched on would show with the next query.
    for (const attack of attacks) {
      const said = await outcome(database, fill(attack));
      expect(said, attack).toMatch(/^refused: /);
      expect(said, attack).not.toContain(SECRET);
      expect(filesIn(root), attack).toEqual(before);
    }
    expect(await outcome(database, 'CREATE TABLE next AS SELECT 1; FROM next')).toBe('[[1]]');
    database.close();
    expect(filesIn(root)).toEqual(before);
  });

  it('is refused before the logs are read, too', async () => {
    const { at, fill } = place();
    const database = await open(at);
    for (const attack of READING) {
      const said = await database.check(fill(attack)).then(String, (error) => error.message);
      expect(said, attack).not.toContain(SECRET);
    }
    database.close();
  });

  it('would have got what it is after from a database that is not locked', async () => {
    const { DuckDBConnection } = await import('@duckdb/node-api');
    const { at, fill } = place();
    const connection = await DuckDBConnection.create();
    const read = await connection.runAndReadAll(fill("FROM read_text('{txt}')"));
    expect(String(read.getRows())).toContain(SECRET);
    await connection.run(fill("COPY (SELECT 1) TO '{out}'"));
    expect(fs.existsSync(at('out'))).toBe(true);
    connection.closeSync();
  });

  it('learns nothing of who runs it', async () => {
    const { at } = place();
    const database = await open(at);
    database.finishLoading();
    const said = await outcome(database, 'SELECT name, value FROM duckdb_settings()');
    expect(said).toContain('memory_limit');
    for (const known of [os.homedir(), process.cwd()]) expect(said).not.toContain(known);
    database.close();
  });
});
