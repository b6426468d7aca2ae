/** Rows and records folded for people to look at. */

export { ChartsFold, type ChartTexts, namedCharts, namedInCharts } from './charts.ts';
export { findSession, nearestTo } from './find-session.ts';
export { type SessionFigures, SessionFold, WorstSessions } from './sessions.ts';
export { createTimeline, MAX_LINES } from './timeline.ts';
