import { LOG_SCHEMA, type LogName } from '../core/records.ts';
import type { Doubt } from '../model/findings.ts';
import { EVENT, EVENTS, type ProcessNote, type Rows } from '../model/rows.ts';

/** Event-loop delay above which the load generator, not the server, may have made the numbers. */
const MAX_EVENT_LOOP_DELAY_MS = 1000;
/** A start of the reference server above which the machine, not the plan, may have made the downtime. */
const MAX_START_MS = 1000;

export interface Completeness {
  onRow(rows: Rows, row: number, note: ProcessNote | undefined): void;
  finish(): Doubt[];
}

export interface CompletenessOptions {
  log: LogName;
  /** The first and the last file of the log: the same, unless it was rotated. */
  files: { first: string; last: string };
  /** The name of a row's file. */
  fileOf(file: number): string;
  /** The log is known to be wsdiag's own. */
  isOwn: boolean;
  /** All of it is read, and not a span of time alone. */
  isWhole: boolean;
}

/** Whether a log holds everything that its processes did, as far as the log can tell. */
export function createCompleteness({
  log,
  files,
  fileOf,
  isOwn,
  isWhole,
}: CompletenessOptions): Completeness {
  const machine = log === 'server' ? starts(fileOf) : generator(fileOf);
  const whole = bounds(log, files, fileOf, isOwn);
  return {
    onRow(rows, row, note) {
      whole.onRow(rows, row, note);
      if (note && log !== 'faults') machine.onNote(rows, row, note);
    },
    finish: () => [...(isWhole ? whole.finish() : []), ...machine.finish()],
  };
}

/** Of one log; a hostile one has as many as it likes. */
const MAX_DOUBTS = 100;

/**
 * Each process's part of a log begins with `…_started` and ends with `…_stopped`. A log that has neither
 * is some other program's, and nothing can be told.
 */
function bounds(
  log: LogName,
  files: CompletenessOptions['files'],
  fileOf: CompletenessOptions['fileOf'],
  isOwn: boolean,
): Completeness {
  const started = EVENT[`${log}_started`];
  const stopped = EVENT[`${log}_stopped`];
  const doubts: Doubt[] = [];
  const add = (doubt: Doubt) => {
    if (doubts.length < MAX_DOUBTS) doubts.push(doubt);
  };
  let startsWell: boolean | undefined;
  let hasBounds = isOwn;
  let isStopped = false;
  let lines = 0;

  function onBound(rows: Rows, row: number, note: ProcessNote): void {
    // Another program's word for it, which promises nothing of the lines between.
    if (!isOwn && !note.isOwn && note.log_schema === undefined) return;
    hasBounds = true;
    const where = { file: fileOf(rows.file(row)), line: rows.line(row) };
    if (rows.event(row) === started) {
      if (note.log_schema !== String(LOG_SCHEMA)) {
        add({ code: 'log-schema-unknown', where, value: note.log_schema ?? 'nothing' });
      }
      lines = 0;
    } else if (note.lines !== undefined && note.lines !== lines) {
      const value = `${note.lines} lines before this one, and ${lines} are here`;
      add({ code: 'lines-missing', where, value });
    }
  }

  return {
    onRow(rows, row, note) {
      if (note?.told) return;
      const event = rows.event(row);
      startsWell ??= event === started;
      // A client's process, unlike a server's, is none that another one takes over from.
      const breaksOff = event === started && lines > 0 && !isStopped && log !== 'server';
      if (breaksOff || (isStopped && event !== started)) {
        const file = fileOf(rows.file(row));
        add(incomplete(file, breaksOff ? stopped : started));
      }
      if (note && (event === started || event === stopped)) onBound(rows, row, note);
      isStopped = event === stopped;
      // wsdiag writes no such line: in place of another, it is one that is missing.
      if (event !== EVENT.connection_named) lines += 1;
    },
    finish: () => [
      ...(startsWell || !hasBounds ? [] : [incomplete(files.first, started)]),
      ...(isStopped || !hasBounds ? [] : [incomplete(files.last, stopped)]),
      ...doubts,
    ],
  };
}

/** Whether the run was cut short, or its clients were at the machine's limit. */
function generator(fileOf: CompletenessOptions['fileOf']) {
  const doubts = new Map<string, Doubt>();
  return {
    onNote(rows: Rows, row: number, { exhausted, interrupted, ...note }: ProcessNote) {
      const where = { file: fileOf(rows.file(row)), line: rows.line(row) };
      const add = (code: Doubt['code'], value: string) => {
        const key = `${code} ${value}`;
        if (!doubts.has(key)) doubts.set(key, { code, where, value });
      };
      if (exhausted !== undefined) add('generator-limited', exhausted);
      if (rows.event(row) !== EVENT.client_stopped) return;
      if (interrupted) add('interrupted', '');
      const delay = note.event_loop_delay_p99_ms ?? 0;
      if (delay > MAX_EVENT_LOOP_DELAY_MS) {
        add('generator-limited', `event-loop delay of ${Math.round(delay)} ms`);
      }
    },
    finish: () => [...doubts.values()],
  };
}

/** Whether the reference server was late to be back. */
function starts(fileOf: CompletenessOptions['fileOf']) {
  let worst: Doubt | undefined;
  let worstMs = MAX_START_MS;
  return {
    onNote(rows: Rows, row: number, { isOwn, start_ms: startMs = 0 }: ProcessNote) {
      if (!isOwn || startMs <= worstMs) return;
      worstMs = startMs;
      const where = { file: fileOf(rows.file(row)), line: rows.line(row) };
      worst = { code: 'server-late', where, value: `${(startMs / 1000).toFixed(1)} s` };
    },
    finish: () => (worst ? [worst] : []),
  };
}

/** `event` is what should stand there. */
function incomplete(file: string, event: number): Doubt {
  return { code: 'log-incomplete', where: { file }, value: EVENTS[event] as string };
}
