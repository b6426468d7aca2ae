/** Reporters: a result becomes a string. */

export { jsonSummary, reportJson, SUMMARY_VERSION } from './json.ts';
export { doubtMessage, findingMessage } from './messages.ts';
export { type Palette, type PrettyOptions, reportPretty } from './pretty.ts';
export { sanitize } from './sanitize.ts';
export { reportSessions, type SessionList, sessionsJson, type TableOptions } from './sessions.ts';
