/** Reporters: a result becomes a string. The schema of summaries is apart: it takes a library to load. */

export { evidenceNote, type Reading } from './evidence-note.ts';
export { stepSummary } from './github.ts';
export { shortIds } from './ids.ts';
export { jsonSummary, reportJson } from './json.ts';
export { doubtMessage, findingMessage } from './messages.ts';
export { type Palette, type PrettyOptions, reportFinding, reportPretty } from './pretty.ts';
export type { Reported, Reporter } from './reporter.ts';
export { REPORTERS, type ReporterName } from './reporters.ts';
export { inert, sanitize } from './sanitize.ts';
export { reportSessions, type SessionList, sessionsJson, type TableOptions } from './sessions.ts';
export { type Cell, createTable, type Table, type TableColumn } from './table.ts';
export { reportTimeline, type TimelineOptions, timelineJson } from './timeline.ts';
