/** Logs read back: NDJSON bytes to records with file and line. */

export { LogUnreadable } from './errors.ts';
export { findLogs, type LogPaths, type LogVisitor, readLog, readRun } from './read.ts';
