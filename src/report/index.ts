/** Reporters: a result becomes a string. The schema of summaries is apart: it takes a library to load. */
export { columns } from './columns.ts';

export { counted } from './format.ts';
export { shortIds, shownId } from './ids.ts';
export { reportJson } from './json.ts';
export { LiveTimeline } from './live-timeline.ts';
export { doubtMessage, findingMessage } from './messages.ts';
export { reportFinding, reportPretty } from './pretty.ts';
export { quoted } from './quoted.ts';
export { type Reading, readingNote } from './reading-note.ts';
export type { RenderOptions, Reported, Reporter, ScenarioPlaces } from './reporter.ts';
export { REPORTERS, type ReporterName } from './reporters.ts';
export { safeLines } from './safe-json.ts';
export { inert, sanitize } from './sanitize.ts';
export { reportSessions, type SessionList, sessionsJson } from './sessions.ts';
export { columnWidth, inColumns } from './side-by-side.ts';
export { stepSummary } from './step-summary.ts';
export { type Cell, createTable, type TableColumn } from './table.ts';
export { reportTimeline, timelineJson } from './timeline.ts';
