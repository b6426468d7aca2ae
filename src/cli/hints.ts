import { ABSENT, NO_SESSION } from '../judge/index.ts';
import { findUnmatched, REASON, type Source } from '../logs/index.ts';
import type { RunResult } from '../model/result.ts';
import type { LogOptions } from './log-options.ts';
import type { Shell } from './shell.ts';

/** Tells of what was said of the logs, and is not in them: a name that is mistyped looks like nothing. */
export function warnOfUnmatched(sources: readonly Source[], shell: Shell): void {
  const { fields, events, lines } = findUnmatched(sources);
  const none = `wsdiag: none of the first ${lines} lines has`;
  for (const [field, path] of fields) shell.printError(`${none} ${path} (--map ${field}=${path})`);
  for (const [event, value] of events)
    shell.printError(`${none} ${value} (--event ${event}=${value})`);
}

/** What to do where logs were read, and little or nothing was understood of them. */
export function hintsOf(result: RunResult, { since, until }: LogOptions): string[] {
  const { evidence, doubts, findings, metrics, coverage } = result;
  if (result.run_dir !== null) return [];
  const sum = (of: 'records' | 'ignored') => evidence.reduce((all, file) => all + file[of], 0);
  const why = doubts.map(({ code, value }) => (code === 'line-damaged' ? value : ''));
  if (sum('records') === 0) {
    if (why.some((reason) => reason === REASON.noTime || reason === REASON.badTime))
      return [TIME_HINT];
    if (why.some((reason) => NO_OBJECT.has(reason))) return [JSON_HINT];
    if (sum('ignored') > 0) {
      return [since === undefined && until === undefined ? EVENT_HINT : SPAN_HINT];
    }
    return [];
  }
  const missing = findings.flatMap(({ code, details }) =>
    code === 'sequence-missing' && 'value' in details ? [details.value] : [],
  );
  const hints: string[] = [];
  if (metrics.sessions === 0 && missing.some((value) => value.endsWith(NO_SESSION))) {
    hints.push(pathHint('session', 'session_id'));
  }
  if (metrics.sequence_max === null && missing.includes(ABSENT)) {
    hints.push(pathHint('sequence', 'connection_sequence'));
  }
  const hasNoDuration = coverage.some(({ ran, lacking }) => !ran && lacking === 'no-durations');
  if (hasNoDuration && doubts.some(({ code }) => code === 'order-unknown')) {
    hints.push(pathHint('duration', 'duration_seconds'));
  }
  return hints;
}

const NO_OBJECT: ReadonlySet<string> = new Set([REASON.notJson, REASON.notObject]);

const pathHint = (what: string, field: string): string =>
  `no line has a ${what} where it was looked for; --map ${field}=PATH tells where these logs have it`;
const TIME_HINT =
  'no time could be read: ISO 8601 or the seconds, or milliseconds, since 1970; --map time=PATH tells where these logs have it';
const EVENT_HINT =
  'no line tells of a connection by a name that is known; --map close_code=PATH tells where these logs have the close code, and so which lines are closes, or --map event=PATH --event connection_closed=VALUE what they call a close; session_id and connection_sequence need their --map too';
const SPAN_HINT = 'no line about a connection lies between --since and --until';
const JSON_HINT =
  'one JSON object a line is read; `jq -c .[]` makes such lines of an array, and `jq -c .` of objects over several lines';
