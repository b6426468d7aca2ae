/** Reporters: a result becomes a string. */

export { evidenceNote, type Reading } from './evidence-note.ts';
export { jsonSummary, reportJson, SUMMARY_VERSION } from './json.ts';
export { doubtMessage, findingMessage } from './messages.ts';
export { type Palette, type PrettyOptions, reportPretty } from './pretty.ts';
export { sanitize } from './sanitize.ts';
export { type Cell, createTable, type Table, type TableColumn } from './table.ts';
