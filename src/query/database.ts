import path from 'node:path';
import {
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBType,
  type DuckDBValue,
  quotedIdentifier,
  quotedString,
} from '@duckdb/node-api';
import type { LogName } from '../core/records.ts';
import type { LogRecord } from '../model/record.ts';
import { QueryError } from './errors.ts';
import { Loader } from './loader.ts';
import {
  mayPrecede,
  RESULT,
  RESULT_SCHEMA,
  type Statements,
  statementsOf,
  storing,
} from './statements.ts';
import { LOG_NAMES, TABLES } from './tables.ts';

/** More goes to disk. */
const MEMORY_LIMIT = '1GB';

const INTERRUPT_EVERY_MS = 20;

export interface ResultColumn {
  name: string;
  type: DuckDBType;
}

/** A log that is to be loaded. */
export interface LogSource {
  file: string;
  log: LogName;
}

export interface QueryResult {
  columns: ResultColumn[];
  rowCount: number;
  /** Rows in their order, some at a time. */
  rows(): AsyncGenerator<DuckDBValue[][]>;
}

/** Logs as tables, in a database on disk that can open no file but its own. */
export class LogDatabase {
  readonly #file: string;
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #sources: readonly LogSource[];
  readonly #loaders: Map<LogName, Loader>;
  #isOpen = true;
  #interrupting: NodeJS.Timeout | undefined;

  /** `directory` is the database's own, and goes with it. */
  static async open(directory: string, sources: readonly LogSource[]): Promise<LogDatabase> {
    const file = path.join(directory, 'logs.duckdb');
    const instance = await DuckDBInstance.create(file);
    const connection = await instance.connect();
    await configure(connection, directory);
    await connection.run(`CREATE SCHEMA ${RESULT_SCHEMA}`);
    const loaders = new Map<LogName, Loader>();
    for (const log of new Set(sources.map((source) => source.log))) {
      await connection.run(creating(log));
      loaders.set(log, new Loader(log, await connection.createAppender(TABLES[log].name)));
    }
    await lock(connection);
    return new LogDatabase(file, instance, connection, sources, loaders);
  }

  private constructor(
    file: string,
    instance: DuckDBInstance,
    connection: DuckDBConnection,
    sources: readonly LogSource[],
    loaders: Map<LogName, Loader>,
  ) {
    this.#file = file;
    this.#sources = sources;
    this.#instance = instance;
    this.#connection = connection;
    this.#loaders = loaders;
  }

  /**
   * Finds what is wrong with a query as far as that can be seen without the logs' lines, which may
   * take long to read.
   *
   * @throws QueryError
   */
  async check(sql: string): Promise<void> {
    await this.#explained(async () => {
      const { before, rows } = await statementsOf(this.#connection, sql);
      await this.#prepared(before[0] ?? rows);
    });
  }

  /** @throws QueryError where there is no room for it */
  add(record: LogRecord): void {
    this.#storing(() => this.#loaders.get(record.log)?.add(record));
  }

  /**
   * No record comes after; queries may.
   *
   * @throws QueryError where there is no room for them
   */
  finishLoading(): void {
    this.#storing(() => {
      for (const loader of this.#loaders.values()) loader.finish();
    });
  }

  /**
   * Runs a query. Its result takes the place of the one before, all of whose rows were read.
   *
   * @throws QueryError
   */
  async run(sql: string): Promise<QueryResult> {
    return this.#explained(async () => {
      const statements = await statementsOf(this.#connection, sql);
      await this.#store(statements);
      return this.#result();
    });
  }

  /** Ends the query that runs, and any that is about to: they fail. */
  interrupt(): void {
    if (!this.#isOpen || this.#interrupting !== undefined) return;
    // DuckDB forgets an interrupt that comes before its query begins.
    const again = () => this.#connection.interrupt();
    this.#interrupting = setInterval(again, INTERRUPT_EVERY_MS);
    again();
  }

  /**
   * Writes the result as Parquet, and closes the database. Another one does it, which has never run
   * the user's SQL: only that one can open the file.
   *
   * @throws QueryError
   */
  async exportParquet(target: string): Promise<void> {
    this.close();
    const instance = await DuckDBInstance.create(this.#file);
    try {
      const connection = await instance.connect();
      await configure(connection, path.dirname(this.#file));
      const sql = `COPY ${RESULT} TO ${quotedString(path.resolve(target))} (FORMAT parquet)`;
      await this.#explained(() => connection.run(sql));
    } finally {
      instance.closeSync();
    }
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    clearInterval(this.#interrupting);
    this.#connection.closeSync();
    this.#instance.closeSync();
  }

  async #store({ before, rows }: Statements): Promise<void> {
    for (const sql of before) {
      const statement = await this.#prepared(sql);
      if (!mayPrecede(statement.statementType)) {
        throw new QueryError(
          'only the last statement may give rows, and those before it may only CREATE what it reads from',
        );
      }
      await this.#connection.run(sql);
    }
    // First by itself: what is wrong with it is then shown with the query as it was written.
    await this.#prepared(rows);
    await this.#connection.run(storing(rows)).catch((error: Error) => {
      error.message = withoutFirstLine(error.message);
      throw error;
    });
  }

  async #result(): Promise<QueryResult> {
    const connection = this.#connection;
    const counted = await connection.runAndReadAll(`SELECT count(*) FROM ${RESULT}`);
    const rowCount = Number(counted.getRows()[0]?.[0]);
    const result = await connection.stream(`FROM ${RESULT}`);
    const types = result.columnTypes();
    return {
      columns: result.columnNames().map((name, index) => ({
        name,
        type: types[index] as DuckDBType,
      })),
      rowCount,
      async *rows() {
        let read = 0;
        for await (const chunk of result) {
          read += chunk.rowCount;
          yield chunk.getRows();
        }
        // A stream that breaks off, as at an interrupt, looks like one that has come to its end.
        if (read !== rowCount) throw new QueryError(`${read} of ${rowCount} rows could be read`);
      },
    };
  }

  #storing(operation: () => void): void {
    try {
      operation();
    } catch (error) {
      const directory = path.dirname(this.#file);
      const { message } = error as Error;
      throw new QueryError(
        `can't store the logs in ${directory}: ${message}\nSet TMPDIR to a directory with more room.`,
      );
    }
  }

  /** The first of a text's statements; a PIVOT is two. */
  async #prepared(sql: string) {
    const extracted = await this.#connection.extractStatements(sql);
    return extracted.prepare(0);
  }

  /** Runs an operation on the user's SQL; what DuckDB says of it becomes a `QueryError`. */
  async #explained<T>(operation: () => Promise<T>): Promise<T> {
    try {
      return await operation();
    } catch (error) {
      throw isDuckDBError(error) ? new QueryError(this.#explanation(error.message)) : error;
    }
  }

  #explanation(message: string): string {
    const text = message.replace(/^Failed to extract statements: /, '').replaceAll('\t', '  ');
    if (text.startsWith('Out of Memory Error')) {
      // What DuckDB advises, a locked configuration forbids.
      const [what] = text.split('\n');
      return `${what}\nA query may hold ${MEMORY_LIMIT} in memory; ask for less at once.`;
    }
    if (text.startsWith('Permission Error')) {
      return `a query can read only the logs that are named behind it\n${text}`;
    }
    const [, name] = /^Catalog Error: Table with name (\w+) does not exist/.exec(text) ?? [];
    if (name === undefined) return text;
    const log = LOG_NAMES.find((log) => TABLES[log].name === name.toLowerCase());
    if (log === undefined) {
      const tables = [...this.#loaders.keys()].map((log) => TABLES[log].name);
      return text.replace(/^Did you mean .*$/m, `There is: ${tables.join(', ')}`);
    }
    const read = this.#sources.map(({ file, log }) => `${file} (${log} log)`).join(', ');
    return `there is no table ${name}: no ${log} log is among those that are named: ${read}`;
  }
}

async function configure(connection: DuckDBConnection, directory: string): Promise<void> {
  await set(connection, {
    // Times are shown, compared and cut to hours in UTC, wherever the query runs.
    TimeZone: `'UTC'`,
    memory_limit: `'${MEMORY_LIMIT}'`,
    temp_directory: quotedString(path.join(directory, 'spilled')),
    // Nothing is there, and no setting tells of the user's home.
    secret_directory: quotedString(directory),
    autoload_known_extensions: 'false',
    autoinstall_known_extensions: 'false',
  });
}

/** From here on SQL can reach no file, and can't undo this. */
async function lock(connection: DuckDBConnection): Promise<void> {
  await set(connection, {
    allow_community_extensions: 'false',
    allow_persistent_secrets: 'false',
    enable_external_access: 'false',
    lock_configuration: 'true',
  });
}

async function set(connection: DuckDBConnection, values: Record<string, string>): Promise<void> {
  for (const [name, value] of Object.entries(values)) {
    await connection.run(`SET GLOBAL ${name} = ${value}`);
  }
}

function creating(log: LogName): string {
  const { name, columns } = TABLES[log];
  const list = Object.entries(columns).map(
    ([column, type]) => `${quotedIdentifier(column)} ${type}`,
  );
  return `CREATE TABLE ${name} (${list.join(', ')})`;
}

/** DuckDB's errors are plain ones; they begin with their kind: `Parser Error: …`. */
const isDuckDBError = (error: unknown): error is Error =>
  error instanceof Error && /(?:^|: )[A-Z][\w ]*Error: /.test(error.message);

/** A message about a query that is stored from its second line on, with lines as they were written. */
const withoutFirstLine = (message: string): string =>
  message.replace(/^LINE (\d+):/m, (place, line) =>
    `LINE ${Number(line) - 1}:`.padEnd(place.length),
  );
