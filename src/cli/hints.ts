import path from 'node:path';
import { TARGET_LOG } from '../core/records.ts';
import { findUnmatched, REASON, type Source } from '../logs/index.ts';
import type { RunResult } from '../model/result.ts';
import type { Reading } from '../report/index.ts';
import { quoted } from '../report/index.ts';
import type { LogOptions } from './log-options.ts';
import type { Shell } from './shell.ts';

/** Tells of what was said of the logs, and is not in them: a name that is mistyped looks like nothing. */
export function warnOfUnmatched(sources: readonly Source[], shell: Shell): void {
  const { fields, events, lines } = findUnmatched(sources);
  const none =
    lines === 1 ? 'wsdiag: The first line lacks' : `wsdiag: None of the first ${lines} lines has`;
  for (const [field, at] of fields) shell.printError(`${none} ${at} (--map ${field}=${at})`);
  for (const [event, value] of events)
    shell.printError(`${none} ${value} (--event ${event}=${value})`);
}

/** What was read of logs, and which fields no line about a connection has; undefined where that can't be told. */
export interface Seen extends Reading {
  lacks: { session?: boolean; sequence?: boolean; duration?: boolean };
  /** Whether all logs were recognised as of shipped formats. */
  areRecognised?: boolean;
}

export const areRecognised = (logs: readonly Pick<Source, 'format'>[]): boolean =>
  logs.length > 0 && logs.every(({ format }) => format.description?.givesWay === true);

/** What a judgement has seen: durations are asked for where only they tell an order. */
export function seenBy({ evidence, doubts, metrics, coverage }: RunResult): Seen {
  const needsDuration = doubts.some(({ code }) => code === 'order-unknown');
  const hasNone = coverage.some(({ ran, lacking }) => !ran && lacking === 'no-durations');
  return {
    evidence,
    doubts,
    lacks: {
      session: metrics.sessions === 0,
      sequence: metrics.sequence_max === null,
      duration: needsDuration && hasNone,
    },
  };
}

const MAX_FILES_NAMED = 3;

/** What to do where logs were read, and little or nothing was understood of them. */
export function hintsOf(
  { evidence, doubts, lacks, areRecognised }: Seen,
  { since, until }: LogOptions,
  shell: Shell,
): string[] {
  const explain = explainHint(evidence, shell);
  const sum = (of: 'records' | 'ignored') => evidence.reduce((all, file) => all + file[of], 0);
  if (sum('records') === 0) {
    const why = doubts.map(({ code, value }) => (code === 'line-damaged' ? value : ''));
    const nothing = nothingOf(evidence, shell);
    if (why.some((reason) => reason === REASON.noTime || reason === REASON.badTime))
      return [TIME_HINT, nothing];
    if (why.some((reason) => NO_OBJECT.has(reason))) return [JSON_HINT, nothing];
    const isOfSpan = sum('ignored') > 0 && (since !== undefined || until !== undefined);
    return isOfSpan ? [SPAN_HINT, nothing] : [nothing];
  }
  if (lacks.session) return [SESSION_HINT, explain];
  return [
    // A shipped format says where numbers stand, if its logs have any.
    ...(lacks.sequence && !areRecognised ? [SEQUENCE_HINT] : []),
    ...(lacks.duration ? [DURATION_HINT] : []),
  ];
}

/** Of a run whose target has a log of which nothing was understood. */
export function tellOfTargetLog({ evidence }: RunResult, shell: Shell): void {
  const log = evidence.find(({ file }) => path.basename(file) === TARGET_LOG);
  if (!log || log.records > 0) return;
  shell.printError(
    log.lines === 0
      ? 'wsdiag: The target logged nothing where `target.log` says. Does it log elsewhere, or hold lines back when it does not write to a terminal?'
      : `wsdiag: ${nothingOf([log], shell)}`,
  );
}

export function tellHints(seen: Seen, options: LogOptions, shell: Shell): void {
  for (const hint of hintsOf(seen, options, shell)) shell.printError(`wsdiag: ${hint}`);
}

const explainHint = (evidence: Reading['evidence'], shell: Shell): string =>
  `Run \`${shell.command} explain ${namesOf(evidence)}\` to see how its lines were read.`;

const nothingOf = (evidence: Reading['evidence'], shell: Shell): string =>
  `No connection events were recognised. ${explainHint(evidence, shell)}`;

const namesOf = (evidence: Reading['evidence']): string =>
  [...new Set(evidence.map(({ file }) => file))].slice(0, MAX_FILES_NAMED).map(quoted).join(' ');

const NO_OBJECT: ReadonlySet<string> = new Set([REASON.notJson, REASON.notObject]);

const pathHint = (fact: string, field: string): string =>
  `${fact}. If these logs have one under another name, say which with --map ${field}=PATH.`;
const SESSION_HINT = pathHint(
  'No line names a session, so no connection can be told to be a reconnect',
  'session_id',
);
const SEQUENCE_HINT = pathHint(
  'No line has a connection_sequence, so numbers are not checked',
  'connection_sequence',
);
const DURATION_HINT = pathHint(
  'No line has a duration_seconds, so it is not known when connections began',
  'duration_seconds',
);
const TIME_HINT = 'No time could be read. Say where these logs have it with --map time=PATH.';
const SPAN_HINT = 'No line about a connection lies between --since and --until.';
const JSON_HINT =
  'JSON is read one object a line. `jq -c .[]` makes such lines of an array, and `jq -c .` of objects over several lines.';
