/** Reporters: a result becomes a string. */

export type { Reading } from './evidence-note.ts';
export { shortIds } from './ids.ts';
export { jsonSummary, reportJson, SUMMARY_VERSION } from './json.ts';
export { doubtMessage, findingMessage } from './messages.ts';
export { type Palette, type PrettyOptions, reportFinding, reportPretty } from './pretty.ts';
export { sanitize } from './sanitize.ts';
export { reportSessions, type SessionList, sessionsJson, type TableOptions } from './sessions.ts';
export { reportTimeline, type TimelineOptions, timelineJson } from './timeline.ts';
