import { DIALECTS, type Dialect, type DialectName } from './dialect.ts';

type ColumnType = keyof Dialect['types'];

/** The event of a line that can't be read: it has no other column, but for where it stands. */
export const DAMAGED = 'line_damaged';

interface Column {
  type: ColumnType;
  isRequired?: true;
}

/** Of the table that the rules read. What `docs/logs.md` has no field for: which log a line stands in, whose, and where. */
export const COLUMNS: Record<string, Column> = {
  log: { type: 'text', isRequired: true },
  side: { type: 'text', isRequired: true },
  line: { type: 'integer', isRequired: true },
  time: { type: 'time' },
  event: { type: 'text', isRequired: true },
  session_id: { type: 'text' },
  connection_sequence: { type: 'integer' },
  client_id: { type: 'text' },
  document_id: { type: 'text' },
  close_code: { type: 'integer' },
  duration_seconds: { type: 'double' },
  session_verified: { type: 'boolean' },
  reason: { type: 'text' },
  wsdiag_version: { type: 'text' },
  log_schema: { type: 'integer' },
  lines: { type: 'integer' },
};

/** The table that the rules read, with a column more where its lines are of several systems. */
export function createTable(dialectName: DialectName, table: string, by?: string): string {
  const dialect = DIALECTS[dialectName];
  const { types, nullable, required } = dialect;
  const columns = Object.entries(COLUMNS).map(([name, { type, isRequired }]): [string, string] => [
    name,
    isRequired ? required(types[type]) : nullable(types[type]),
  ]);
  if (by !== undefined) columns.unshift([dialect.quoted(by), required(types.text)]);
  const listed = columns.map(([name, type]) => `  ${name} ${type}`).join(',\n');
  return `CREATE TABLE ${tableName(dialect, table)} (\n${listed}\n${dialect.tableEnd};`;
}

/** Dots stand between a catalog or schema and its table. */
export const tableName = ({ quoted }: Dialect, table: string): string =>
  table.split('.').map(quoted).join('.');
