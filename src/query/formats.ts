import type { DuckDBValue } from '@duckdb/node-api';
import type { QueryResult, ResultColumn } from './database.ts';
import { jsonOf, textOf } from './values.ts';

/** Rows as text, some at a time; null where there is no value. */
export async function* cells({ columns, rows }: QueryResult): AsyncGenerator<(string | null)[][]> {
  for await (const some of rows()) {
    yield some.map((row) =>
      each(row, columns, (value, { type }) => (value === null ? null : textOf(value, type))),
    );
  }
}

/**
 * CSV as RFC 4180 quotes it, with a header, and with line feeds, which other tools of a shell expect.
 * Nothing stands for null, and `""` for the empty text.
 */
export async function* csv(result: QueryResult): AsyncGenerator<string> {
  yield record(result.columns.map(({ name }) => name));
  for await (const some of cells(result)) yield some.map(record).join('');
}

const record = (fields: (string | null)[]): string =>
  `${fields.map((field) => (field === null ? '' : quoted(field))).join(',')}\n`;

const quoted = (text: string): string =>
  text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

/** A JSON array with an object for each row, each on a line of its own. */
export async function* json({ columns, rows }: QueryResult): AsyncGenerator<string> {
  let before = '[\n';
  for await (const some of rows()) {
    const objects = some.map((row) => {
      const entries = each(
        row,
        columns,
        (value, { name, type }) => `${JSON.stringify(name)}:${jsonOf(value, type)}`,
      );
      return `{${entries.join(',')}}`;
    });
    yield before + objects.join(',\n');
    before = ',\n';
  }
  yield before === ',\n' ? '\n]\n' : '[]\n';
}

const each = <T>(
  row: DuckDBValue[],
  columns: ResultColumn[],
  convert: (value: DuckDBValue, column: ResultColumn) => T,
): T[] => row.map((value, index) => convert(value, columns[index] as ResultColumn));
