import { ABSENT, NO_SESSION } from '../judge/index.ts';
import { findUnmatched, REASON, type Source } from '../logs/index.ts';
import type { RunResult } from '../model/result.ts';
import type { LogOptions } from './log-options.ts';
import { quoted } from './quoted.ts';
import type { Shell } from './shell.ts';

/** Tells of what was said of the logs, and is not in them: a name that is mistyped looks like nothing. */
export function warnOfUnmatched(sources: readonly Source[], shell: Shell): void {
  const { fields, events, lines } = findUnmatched(sources);
  const none = `wsdiag: None of the first ${lines} lines has`;
  for (const [field, path] of fields) shell.printError(`${none} ${path} (--map ${field}=${path})`);
  for (const [event, value] of events)
    shell.printError(`${none} ${value} (--event ${event}=${value})`);
}

const MAX_FILES_NAMED = 3;

/** Where to look when nothing was understood of logs. */
export const explainHint = (files: readonly string[], shell: Shell): string =>
  `No connection events were recognised. ${runExplain(files, shell)}`;

/** Where to look when no line names a session. */
export const sessionHint = (files: readonly string[], shell: Shell): string =>
  `No line names a session. ${runExplain(files, shell)}`;

function runExplain(files: readonly string[], shell: Shell): string {
  const named = [...new Set(files)].slice(0, MAX_FILES_NAMED).map(quoted).join(' ');
  return `Run \`${shell.command} explain ${named}\` to see how its lines were read.`;
}

/** What to do where logs were read, and little or nothing was understood of them. */
export function hintsOf(result: RunResult, { since, until }: LogOptions, shell: Shell): string[] {
  const { evidence, doubts, findings, metrics, coverage } = result;
  if (result.run_dir !== null) return [];
  const sum = (of: 'records' | 'ignored') => evidence.reduce((all, file) => all + file[of], 0);
  const why = doubts.map(({ code, value }) => (code === 'line-damaged' ? value : ''));
  if (sum('records') === 0) {
    const explain = explainHint(
      evidence.map(({ file }) => file),
      shell,
    );
    if (why.some((reason) => reason === REASON.noTime || reason === REASON.badTime))
      return [TIME_HINT, explain];
    if (why.some((reason) => NO_OBJECT.has(reason))) return [JSON_HINT, explain];
    const isOfSpan = sum('ignored') > 0 && (since !== undefined || until !== undefined);
    return isOfSpan ? [SPAN_HINT, explain] : [explain];
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
  `No line has a ${what} where it was looked for. Say where these logs have it with --map ${field}=PATH.`;
const TIME_HINT = 'No time could be read. Say where these logs have it with --map time=PATH.';
const SPAN_HINT = 'No line about a connection lies between --since and --until.';
const JSON_HINT =
  'JSON is read one object a line. `jq -c .[]` makes such lines of an array, and `jq -c .` of objects over several lines.';
