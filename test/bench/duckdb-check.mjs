/** The yardstick of SQL: numbers that fall from one connection of a session to the next, by start. */
import { DuckDBInstance } from '@duckdb/node-api';

const [file, threads] = process.argv.slice(2);
const instance = await DuckDBInstance.create(':memory:', { threads });
const connection = await instance.connect();
const result = await connection.runAndReadAll(
  `SELECT count(*) AS connections, count(*) FILTER (connection_sequence < previous) AS decreases
   FROM (
     SELECT connection_sequence, lag(connection_sequence) OVER (
       PARTITION BY session_id ORDER BY epoch_ms(time) - duration_seconds * 1000
     ) AS previous
     FROM read_json($file, format = 'newline_delimited', columns = {
       time: 'TIMESTAMP',
       session_id: 'VARCHAR',
       connection_sequence: 'BIGINT',
       duration_seconds: 'DOUBLE'
     })
   )`,
  { file },
);
const [{ connections, decreases }] = result.getRowObjects();
console.log(JSON.stringify({ lines: Number(connections), decreases: Number(decreases) }));
