/** What the databases do not say alike. */

export const DIALECT_NAMES = ['duckdb', 'postgres', 'clickhouse'] as const;
export type DialectName = (typeof DIALECT_NAMES)[number];

type ColumnType = 'text' | 'integer' | 'double' | 'boolean' | 'time';

export interface Dialect {
  /** As people call it. */
  title: string;
  types: Record<ColumnType, string>;
  /** A column's type where it may be empty. */
  nullable(type: string): string;
  required(type: string): string;
  /** Milliseconds since the epoch, as a double. */
  milliseconds(column: string): string;
  quoted(name: string): string;
  /** What stands behind the columns of a table. */
  tableEnd: string;
  /** What stands before a statement. */
  preamble: string;
  /** What a statement ends with. */
  statementEnd: string;
}

const doubled = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const STANDARD = {
  nullable: (type: string) => type,
  required: (type: string) => `${type} NOT NULL`,
  quoted: doubled,
  tableEnd: ')',
  preamble: '',
  statementEnd: '',
};

export const DIALECTS: Record<DialectName, Dialect> = {
  duckdb: {
    ...STANDARD,
    title: 'DuckDB',
    types: {
      text: 'VARCHAR',
      integer: 'BIGINT',
      double: 'DOUBLE',
      boolean: 'BOOLEAN',
      time: 'TIMESTAMPTZ',
    },
    milliseconds: (column) => `CAST(epoch_us(${column}) AS DOUBLE) / 1000`,
  },
  postgres: {
    ...STANDARD,
    title: 'PostgreSQL',
    // It would compare all lines with all others.
    preamble:
      '-- PostgreSQL takes the steps of WITH for short ones, and joins them in ways that are slow for long ones.\n' +
      'SET enable_nestloop = off;\nSET enable_mergejoin = off;\n\n',
    types: {
      text: 'text',
      integer: 'bigint',
      double: 'double precision',
      boolean: 'boolean',
      time: 'timestamptz',
    },
    milliseconds: (column) => `CAST(EXTRACT(EPOCH FROM ${column}) * 1000 AS double precision)`,
  },
  clickhouse: {
    title: 'ClickHouse',
    types: {
      text: 'String',
      integer: 'Int64',
      double: 'Float64',
      boolean: 'Bool',
      time: "DateTime64(3, 'UTC')",
    },
    nullable: (type) => `Nullable(${type})`,
    required: (type) => type,
    milliseconds: (column) => `toFloat64(toUnixTimestamp64Milli(${column}))`,
    // A backslash escapes there, in names too.
    quoted: (name) => `"${name.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`,
    tableEnd: ')\nENGINE = MergeTree\nORDER BY (log, line)',
    preamble: '',
    // Without it, what a LEFT JOIN does not find is 0 and ''.
    statementEnd: '\nSETTINGS join_use_nulls = 1',
  },
};
