import { type DuckDBConnection, StatementType } from '@duckdb/node-api';
import { QueryError } from './errors.ts';

/** What DuckDB says of text without a statement in it. */
const NOTHING = 'Error in native callback';

/**
 * Functions that change what DuckDB writes about itself, locked configuration or not, and those that
 * run text as SQL, which could name the former unseen. Files are out of reach without this too.
 */
const REFUSED =
  /\b(?:(?:en|dis)able_(?:logging|profil\w+)|write_log|truncate_duckdb_logs|json_execute_serialized_sql|query(?:_table)?(?="?\s*\())/i;

/** A query taken apart. */
export interface Statements {
  /** CREATE VIEW, MACRO, TABLE, …: run in turn, without rows. */
  before: string[];
  /** A statement that gives rows. */
  rows: string;
}

/**
 * Takes SQL apart, running nothing. Statements that write, read files or change settings are refused
 * here; the database refuses them once more.
 *
 * @throws QueryError
 */
export async function statementsOf(connection: DuckDBConnection, sql: string): Promise<Statements> {
  const [refused] = REFUSED.exec(sql) ?? [];
  if (refused !== undefined) throw new QueryError(`a query can't call ${refused}`);
  const texts = await split(connection, sql, await countOf(connection, sql));
  const rows = texts.pop();
  if (rows === undefined) throw new QueryError('the query is empty');
  if (!(await isParsed(connection, storing(rows)))) {
    throw new QueryError(
      'a query only reads: its last statement must give rows, as SELECT does, and those before it ' +
        'may only CREATE what it reads from',
    );
  }
  return { before: texts, rows };
}

/** A schema apart, which SHOW TABLES leaves out. */
export const RESULT_SCHEMA = 'wsdiag';
/** The result as a table: it may be larger than memory, and is whole before any of it is shown. */
export const RESULT = `${RESULT_SCHEMA}.result`;

/** SHOW, DESCRIBE and SUMMARIZE give rows only where they are read from. */
export function storing(rows: string): string {
  const isShow = /^(?:\s|--.*\n|\/\*[^*]*\*\/)*(?:desc|describe|show|summarize)\b/i.test(rows);
  return `CREATE OR REPLACE TABLE ${RESULT} AS\n${isShow ? `FROM (${rows}\n)` : rows}`;
}

/** Whether a statement may come before the one that gives the rows. */
export const mayPrecede = (type: StatementType): boolean => type === StatementType.CREATE;

/**
 * Cuts SQL between its statements. DuckDB says how many there are, but not where they end: a semicolon
 * is an end where what stands before and after it has, together, as many statements as the whole.
 */
async function split(connection: DuckDBConnection, sql: string, count: number): Promise<string[]> {
  for (let end = sql.lastIndexOf(';'); end !== -1; end = sql.lastIndexOf(';', end - 1)) {
    const after = await countIn(connection, sql.slice(end + 1));
    const before = await countIn(connection, sql.slice(0, end));
    if (before + after === count) {
      const rest = await split(connection, sql.slice(0, end), before);
      return after === 0 ? rest : [...rest, sql.slice(end + 1)];
    }
    if (end === 0) break;
  }
  return count === 0 ? [] : [sql];
}

async function countOf(connection: DuckDBConnection, sql: string): Promise<number> {
  try {
    return (await connection.extractStatements(sql)).count;
  } catch (error) {
    if ((error as Error).message === NOTHING) return 0;
    throw error;
  }
}

/** NaN where it is not SQL. */
const countIn = (connection: DuckDBConnection, sql: string): Promise<number> =>
  countOf(connection, sql).catch(() => Number.NaN);

const isParsed = async (connection: DuckDBConnection, sql: string): Promise<boolean> =>
  (await countIn(connection, sql)) > 0;
