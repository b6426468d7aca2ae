/** Logs read back: NDJSON bytes to records with file and line. */

export { type Completeness, createCompleteness } from './completeness.ts';
export type { Description } from './description.ts';
export { LogUnreadable, reading, reasonOf } from './errors.ts';
export { logOfEvent } from './events.ts';
export { openFifo } from './fifo.ts';
export { type FollowVisitor, follow, followStream } from './follow.ts';
export { joinedRecords } from './joins.ts';
export { LinesAhead } from './lines-ahead.ts';
export { keyOf, linesAt, readLines, textsAt } from './lines-at.ts';
export {
  addEvents,
  type EventValues,
  MappingError,
  mergeNames,
  parseEvents,
  parseMapping,
} from './mapping.ts';
export { type NamedFormat, namedFormat } from './named-format.ts';
export { createParser, type Parsed, type ParsedRecord } from './parse.ts';
export { compilePattern, PatternError } from './patterns.ts';
export { noteOf, putRow } from './put-row.ts';
export { REASON } from './reasons.ts';
export { isDescribed, type Reading, type Recognised, recogniseLogs } from './recognise.ts';
export {
  type LoadedRows,
  loadPart,
  MAX_PARTS,
  MAX_SESSION_ROWS,
  partsFor,
  RowStore,
  type StoredRows,
  sessionTooLong,
} from './row-store.ts';
export { openSources } from './run-formats.ts';
export { findLogs } from './run-logs.ts';
export {
  idTableOf,
  openScanners,
  type ReadOptions,
  readRecords,
  readSessionIds,
  type Scan,
  scanRows,
} from './scan.ts';
export { readSession } from './session-records.ts';
export { takeSnapshot } from './snapshot.ts';
export {
  findSources,
  isReadableRun,
  isRunDirectory,
  type LogFormat,
  logIn,
  type Source,
  type SourceOptions,
} from './sources.ts';
export { makeTemporaryDirectory, NoTemporaryFiles } from './temporary.ts';
export { serve, type Worker as ThreadWorker } from './thread.ts';
export type { Scanners, Work } from './threads.ts';
export { parseTime } from './times.ts';
export { findUnmatched } from './unmatched.ts';
export { Writers } from './writers.ts';
