/** Logs read back: NDJSON bytes to records with file and line. */

export { LogUnreadable } from './errors.ts';
export { type FollowVisitor, follow, followStream } from './follow.ts';
export { findLogs, type LogPaths, type LogVisitor, readLog, readRun } from './read.ts';
export { type ReadOptions, type RecordVisitor, readRecords, type Scan, scanRows } from './scan.ts';
export { findSources, type LogFormat, type Source, type SourceOptions } from './sources.ts';
