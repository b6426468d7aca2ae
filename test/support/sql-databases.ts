/** Databases that the statements of `wsdiag sql` run in. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { COLUMNS, createTable, DIALECTS } from '../../src/sql/index.ts';
import { Postgres } from './postgres.ts';

export type SqlRow = Record<string, unknown>;

/** What a statement of `wsdiag sql` says of a line, a log or a session. */
export interface Answer {
  log_id?: string;
  answer: 'finding' | 'unknown' | 'not checked' | 'partly checked';
  code: string | null;
  reason: string | null;
  side: string | null;
  log: string | null;
  line: number | null;
  session_id: string | null;
  connection_sequence: number | null;
  compared_with: number | null;
  other_log: string | null;
  other_line: number | null;
}

export interface SqlDatabase {
  /** Runs statements. */
  run(sql: string): Promise<void>;
  /** The rows of one. */
  ask(sql: string): Promise<Answer[]>;
  /** Puts rows into a table that `createTable` made, with a `log_id`. */
  fill(table: string, rows: SqlRow[]): Promise<void>;
  stop(): Promise<void>;
}

const FILLED = ['log_id', ...Object.keys(COLUMNS)];

const csvOf = (rows: SqlRow[]): string =>
  rows.map((row) => `${FILLED.map((column) => cell(row[column])).join(',')}\n`).join('');

/** Nothing in between the commas is NULL, and `""` is the empty text. */
const cell = (value: unknown): string =>
  value === null || value === undefined ? '' : `"${String(value).replaceAll('"', '""')}"`;

const withoutEnd = (sql: string): string => sql.replace(/;\s*$/, '');

export async function startDuckDB(): Promise<SqlDatabase> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'");
  return {
    async run(sql) {
      await connection.run(sql);
    },
    async ask(sql) {
      const result = await connection.runAndReadAll(
        `SELECT to_json(answers) FROM (${withoutEnd(sql)}) AS answers`,
      );
      return result.getRows().map(([json]) => JSON.parse(String(json)));
    },
    async fill(table, rows) {
      if (rows.length === 0) return;
      const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'wsdiag-test-'));
      const file = path.join(directory, 'rows.csv');
      fs.writeFileSync(file, csvOf(rows));
      const options = '(FORMAT csv, HEADER false, ALLOW_QUOTED_NULLS false)';
      await connection.run(`COPY "${table.replaceAll('"', '""')}" FROM '${file}' ${options}`);
      fs.rmSync(directory, { recursive: true });
    },
    async stop() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

export async function startPostgres(): Promise<SqlDatabase> {
  const postgres = await Postgres.start();
  return {
    async run(sql) {
      await postgres.run(sql);
    },
    async ask(sql) {
      const told = await postgres.run(
        `${DIALECTS.postgres.preamble} SELECT row_to_json(answers) FROM (${withoutEnd(sql)}) AS answers;`,
      );
      return told
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line));
    },
    async fill(table, rows) {
      await postgres.run(
        `COPY "${table.replaceAll('"', '""')}" FROM STDIN (FORMAT csv);\n${csvOf(rows)}\\.\nANALYZE "${table}";`,
      );
    },
    stop: () => postgres.stop(),
  };
}

export { createTable };
