/** Logs as tables, and SQL over them. Loads DuckDB, which takes a while: import it when it is needed. */

export { LogDatabase, type QueryResult } from './database.ts';
export { cells, csv, json } from './formats.ts';
export { isNumeric, isText } from './values.ts';
