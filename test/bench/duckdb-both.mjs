/**
 * The yardstick of SQL for a server's and a client's log: numbers that fall or are used twice, attempts that
 * skip one, ends without beginnings and beginnings without ends, and what the two logs say of one connection.
 */
import { DuckDBInstance } from '@duckdb/node-api';

const [server, client, threads] = process.argv.slice(2);
const instance = await DuckDBInstance.create(':memory:', { threads });
const connection = await instance.connect();

const COLUMNS = `{
  time: 'TIMESTAMP', event: 'VARCHAR', session_id: 'VARCHAR', connection_sequence: 'BIGINT',
  client_id: 'VARCHAR', document_id: 'VARCHAR', close_code: 'INTEGER'
}`;
const table = (name, file) =>
  connection.run(
    `CREATE TEMP TABLE ${name} AS
     SELECT * FROM read_json($file, format = 'newline_delimited', columns = ${COLUMNS})`,
    { file },
  );
await table('server', server);
await table('client', client);

const of = (log, ...events) =>
  `(SELECT * FROM ${log} WHERE event IN (${events.map((event) => `'${event}'`).join(', ')}))`;
const falls = (from) =>
  `SELECT count(*) FILTER (connection_sequence <= previous) AS n FROM (
     SELECT connection_sequence, lag(connection_sequence) OVER (
       PARTITION BY session_id ORDER BY time, connection_sequence
     ) AS previous FROM ${from})`;
const skips = `SELECT count(*) FILTER (connection_sequence <> coalesce(previous, 0) + 1) AS n FROM (
     SELECT connection_sequence, lag(connection_sequence) OVER (
       PARTITION BY session_id ORDER BY connection_sequence
     ) AS previous FROM ${of('client', 'connection_attempt')})`;
const KEYS = 'session_id, connection_sequence, client_id';
const unpaired = `SELECT count(*) FILTER (o.time IS NULL OR c.time IS NULL) AS n
  FROM ${of('server', 'connection_opened')} o
  FULL JOIN ${of('server', 'connection_closed')} c USING (${KEYS})`;
const unended = `SELECT count(*) FILTER (a.time IS NULL OR e.time IS NULL) AS n
  FROM ${of('client', 'connection_attempt')} a
  FULL JOIN (SELECT * FROM ${of('client', 'connection_closed', 'connection_failed', 'document_unloaded')}
    WHERE connection_sequence IS NOT NULL) e USING (session_id, connection_sequence)`;
const differing = `SELECT count(*) FILTER (
    s.client_id IS DISTINCT FROM c.client_id OR s.document_id IS DISTINCT FROM c.document_id) AS n
  FROM ${of('server', 'connection_opened')} s
  FULL JOIN ${of('client', 'connection_opened')} c USING (session_id, connection_sequence)`;
const ends = `SELECT count(*) FILTER (s.close_code <> c.close_code) AS n
  FROM ${of('server', 'connection_closed')} s
  JOIN ${of('client', 'connection_closed')} c USING (${KEYS})`;

let found = 0;
const QUERIES = [
  falls(of('server', 'connection_opened')),
  falls(of('client', 'connection_attempt')),
  skips,
  unpaired,
  unended,
  differing,
  ends,
];
for (const query of QUERIES) {
  const [{ n }] = (await connection.runAndReadAll(query)).getRowObjects();
  found += Number(n);
}
const [{ lines }] = (
  await connection.runAndReadAll(
    'SELECT (SELECT count(*) FROM server) + (SELECT count(*) FROM client) AS lines',
  )
).getRowObjects();
console.log(JSON.stringify({ lines: Number(lines), found }));
