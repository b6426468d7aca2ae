/** The rules that SQL can state, as statements for databases that hold a team's logs. Pure: it runs nothing. */
export { DIALECT_NAMES, DIALECTS, type DialectName } from './dialect.ts';
export { RULES } from './rules/index.ts';
export { RESULT_COLUMNS, type StatementOptions, scriptOf, statementOf } from './statement.ts';
export { COLUMNS, createTable } from './table.ts';
