import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  type DuckDBAppender,
  DuckDBDataChunk,
  DuckDBTimestampTZValue,
  type DuckDBType,
  type DuckDBValue,
  INTEGER,
  TIMESTAMPTZ,
  VARCHAR,
} from '@duckdb/node-api';
import type { LogName } from '../core/records.ts';
import { type LogRecord, UNDERSTOOD } from '../model/record.ts';
import { type ColumnType, TABLES } from './tables.ts';

/** Rows of a chunk; DuckDB takes no more at once. */
const CHUNK_ROWS = 2048;
const INT32 = 2 ** 31;

const TYPES: Record<ColumnType, DuckDBType> = {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  INTEGER,
  JSON: VARCHAR,
  TIMESTAMPTZ,
  VARCHAR,
};

/** A value as its column has it, or null where it is none: the line as it was is in `fields`. */
const FITTED: Record<ColumnType, (value: unknown) => DuckDBValue> = {
  BIGINT: (value) => (Number.isSafeInteger(value) ? BigInt(value as number) : null),
  BOOLEAN: (value) => (typeof value === 'boolean' ? value : null),
  DOUBLE: (value) => (Number.isFinite(value) ? (value as number) : null),
  INTEGER: (value) =>
    Number.isInteger(value) && (value as number) >= -INT32 && (value as number) < INT32
      ? (value as number)
      : null,
  JSON: (value) => jsonOf(value),
  TIMESTAMPTZ: (value) =>
    Number.isFinite(value)
      ? new DuckDBTimestampTZValue(BigInt(Math.round((value as number) * 1000)))
      : null,
  VARCHAR: (value) => (typeof value === 'string' ? value : null),
};

interface Column {
  type: DuckDBType;
  values: DuckDBValue[];
  read(record: LogRecord): DuckDBValue;
}

/** Puts records into the table of their log, a chunk of columns at a time. */
export class Loader {
  readonly #appender: DuckDBAppender;
  readonly #columns: Column[];
  readonly #chunk: DuckDBDataChunk;
  #rows = 0;

  constructor(log: LogName, appender: DuckDBAppender) {
    this.#appender = appender;
    this.#columns = Object.entries(TABLES[log].columns).map(([name, type]) => ({
      type: TYPES[type],
      values: new Array(CHUNK_ROWS),
      read: fitted(name, FITTED[type]),
    }));
    this.#chunk = DuckDBDataChunk.create(this.#columns.map(({ type }) => type));
  }

  add(record: LogRecord): void {
    for (const { values, read } of this.#columns) values[this.#rows] = read(record);
    this.#rows += 1;
    if (this.#rows === CHUNK_ROWS) this.#append();
  }

  /** No record comes after. */
  finish(): void {
    this.#append();
    this.#appender.closeSync();
  }

  #append(): void {
    this.#chunk.reset();
    this.#chunk.rowCount = this.#rows;
    this.#columns.forEach(({ values }, index) => {
      values.length = this.#rows;
      this.#chunk.setColumnValues(index, values);
    });
    this.#appender.appendDataChunk(this.#chunk);
    this.#rows = 0;
  }
}

const OF_RECORD: ReadonlySet<string> = new Set([...UNDERSTOOD, 'file', 'line', 'fields']);

function fitted(name: string, fit: (value: unknown) => DuckDBValue): Column['read'] {
  return OF_RECORD.has(name)
    ? (record) => fit(record[name as keyof LogRecord])
    : ({ fields }) => fit(fields[name]);
}

/**
 * JSON that DuckDB can read back: it refuses half a surrogate pair, and with it the whole query. Null
 * where a line is nested too deep to be written again.
 */
function jsonOf(value: unknown): string | null {
  try {
    const json = JSON.stringify(value);
    return json.includes('\\ud') ? json.replace(ESCAPE, wellFormed) : json;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** An escape; `JSON.stringify` writes whole pairs as they are, so an escaped one is half a pair. */
const ESCAPE = /\\(?:u[0-9a-f]{4}|.)/g;
const wellFormed = (written: string): string => (written.startsWith('\\ud') ? '\\ufffd' : written);
