/** Logs read back: NDJSON bytes to records with file and line. */

export { type ByteReader, openBytes } from './bytes.ts';
export { LogUnreadable } from './errors.ts';
export { MappingError, parseEvents, parseMapping } from './mapping.ts';
export { createParser, type IgnoreReason, type Parsed } from './parse.ts';
export { findLogs, type LogPaths, type LogVisitor, readLog, readRun } from './read.ts';
export { type ReadOptions, type RecordVisitor, readRecords, type Scan, scanRows } from './scan.ts';
export { findSources, type LogFormat, type Source, type SourceOptions } from './sources.ts';
export { parseTime } from './times.ts';
