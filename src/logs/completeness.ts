import { LOG_SCHEMA, type LogName } from '../core/records.ts';
import type { Doubt } from '../model/findings.ts';
import type { LogRecord, Row } from '../model/record.ts';

/** Event-loop delay above which the load generator, not the server, may have made the numbers. */
const MAX_EVENT_LOOP_DELAY_MS = 1000;

/** The machine had no more descriptors, ports, buffers or memory to dial with. */
const EXHAUSTED = /^(?:EMFILE|ENFILE|EADDRNOTAVAIL|ENOBUFS|ENOMEM)/;

export interface Completeness {
  onRow(row: Pick<Row, 'event' | 'record'>): void;
  finish(): Doubt[];
}

export interface CompletenessOptions {
  log: LogName;
  /** The first and the last file of the log: the same, unless it was rotated. */
  files: { first: string; last: string };
  /** The log is known to be wsdiag's own. */
  isOwn: boolean;
  /** All of it is read, and not a span of time alone. */
  isWhole: boolean;
}

/** Whether a log holds everything that its processes did, as far as the log can tell. */
export function createCompleteness({
  log,
  files,
  isOwn,
  isWhole,
}: CompletenessOptions): Completeness {
  const generated = generator();
  const whole = bounds(log, files, isOwn);
  return {
    onRow(row) {
      whole.onRow(row);
      if (log === 'client' && row.record) generated.onRecord(row.record);
    },
    finish: () => [...(isWhole ? whole.finish() : []), ...generated.finish()],
  };
}

/**
 * Each process's part of a log begins with `…_started` and ends with `…_stopped`. A log that has neither
 * is some other program's, and nothing can be told.
 */
function bounds(log: LogName, files: CompletenessOptions['files'], isOwn: boolean): Completeness {
  const started = `${log}_started`;
  const stopped = `${log}_stopped`;
  const doubts: Doubt[] = [];
  let startsWell: boolean | undefined;
  let hasBounds = isOwn;
  let isStopped = false;
  let lines = 0;

  function onBound(record: LogRecord): void {
    const { event, fields } = record;
    hasBounds = true;
    if (event === started) {
      if (fields.log_schema !== LOG_SCHEMA) doubts.push(schemaUnknown(record));
      lines = 0;
    } else if (typeof fields.lines === 'number' && fields.lines !== lines) {
      doubts.push(linesMissing(record, fields.lines, lines));
    }
  }

  return {
    onRow({ event, record }) {
      startsWell ??= event === started;
      if (record && (event === started || event === stopped)) onBound(record);
      isStopped = event === stopped;
      lines += 1;
    },
    finish: () => [
      ...(startsWell || !hasBounds ? [] : [incomplete(files.first, started)]),
      ...(isStopped || !hasBounds ? [] : [incomplete(files.last, stopped)]),
      ...doubts,
    ],
  };
}

/** Whether the run was cut short, or its clients were at the machine's limit. */
function generator() {
  const doubts = new Map<string, Doubt>();
  const note = (code: Doubt['code'], { file, line }: LogRecord, value: string) => {
    const key = `${code} ${value}`;
    if (!doubts.has(key)) doubts.set(key, { code, where: { file, line }, value });
  };
  return {
    onRecord(record: LogRecord) {
      const { event, fields } = record;
      const code = exhaustion(record);
      if (code !== undefined) note('generator-limited', record, code);
      if (event !== 'client_stopped') return;
      if (fields.interrupted === true) note('interrupted', record, '');
      const delay = fields.event_loop_delay_p99_ms;
      if (typeof delay === 'number' && delay > MAX_EVENT_LOOP_DELAY_MS) {
        note('generator-limited', record, `event-loop delay of ${Math.round(delay)} ms`);
      }
    },
    finish: () => [...doubts.values()],
  };
}

function exhaustion({ event, fields }: LogRecord): string | undefined {
  if (event !== 'connection_failed' || typeof fields.error !== 'string') return undefined;
  return EXHAUSTED.exec(fields.error)?.[0];
}

function linesMissing({ file, line }: LogRecord, said: number, found: number): Doubt {
  return {
    code: 'lines-missing',
    where: { file, line },
    value: `${said} lines before this one, and ${found} are here`,
  };
}

function schemaUnknown({ file, line, fields }: LogRecord): Doubt {
  const value = JSON.stringify(fields.log_schema) ?? 'nothing';
  return { code: 'log-schema-unknown', where: { file, line }, value };
}

/** `event` is what should stand there. */
function incomplete(file: string, event: string): Doubt {
  return { code: 'log-incomplete', where: { file }, value: event };
}
