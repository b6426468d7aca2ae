/** Logs read back: NDJSON bytes to records with file and line. */

export { createCompleteness } from './completeness.ts';
export { LogUnreadable, reading, reasonOf } from './errors.ts';
export { logOfEvent } from './events.ts';
export { openFifo } from './fifo.ts';
export { type FollowVisitor, follow, followStream } from './follow.ts';
export { hold } from './hold.ts';
export { createKillCount } from './kills.ts';
export { MappingError, mergeNames, parseEvents, parseMapping } from './mapping.ts';
export { createParser, type Parsed, type ParsedRecord } from './parse.ts';
export { type Partition, partition } from './partition.ts';
export { REASON } from './reasons.ts';
export { RowMaker } from './row-maker.ts';
export { findLogs } from './run-logs.ts';
export {
  openScanners,
  type ReadOptions,
  type RecordOptions,
  readRecords,
  type Scan,
  scanRows,
} from './scan.ts';
export {
  findSources,
  isRunDirectory,
  type LogFormat,
  logIn,
  type Source,
  type SourceOptions,
} from './sources.ts';
export { makeTemporaryDirectory, NoTemporaryFiles } from './temporary.ts';
export { parseTime } from './times.ts';
export { findUnmatched } from './unmatched.ts';
export { Writers } from './writers.ts';
