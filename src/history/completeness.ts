import type { Doubt } from '../core/findings.ts';
import { LOG_SCHEMA, type LogName, type LogRecord } from '../core/records.ts';

/** Event-loop delay above which the load generator, not the server, may have made the numbers. */
export const MAX_EVENT_LOOP_DELAY_MS = 1000;

/** The machine had no more descriptors, ports, buffers or memory to dial with. */
const EXHAUSTED = /^(?:EMFILE|ENFILE|EADDRNOTAVAIL|ENOBUFS|ENOMEM)/;

export interface Completeness {
  onRecord(record: LogRecord): void;
  finish(): Doubt[];
}

/** Whether a log holds everything that its processes did, as far as the log can tell. */
export function createCompleteness(log: LogName, file: string): Completeness {
  const parts = [bounds(log, file), ...(PARTS[log] ?? []).map((create) => create(file))];
  return {
    onRecord(record) {
      for (const part of parts) part.onRecord(record);
    },
    finish: () => parts.flatMap((part) => part.finish()),
  };
}

const PARTS: Partial<Record<LogName, ((file: string) => Completeness)[]>> = {
  server: [connections],
  client: [generator],
};

/** Each process's part of a log begins with `…_started` and ends with `…_stopped`. */
function bounds(log: LogName, file: string): Completeness {
  const started = `${log}_started`;
  const stopped = `${log}_stopped`;
  const doubts: Doubt[] = [];
  let startsWell: boolean | undefined;
  let isStopped = false;
  let lines = 0;
  return {
    onRecord(record) {
      const { event, fields } = record;
      startsWell ??= event === started;
      if (event === started) {
        if (fields.log_schema !== LOG_SCHEMA) doubts.push(schemaUnknown(record));
        lines = 0;
      }
      if (event === stopped && typeof fields.lines === 'number' && fields.lines !== lines) {
        doubts.push(linesMissing(record, fields.lines, lines));
      }
      isStopped = event === stopped;
      lines += 1;
    },
    finish: () => [
      ...(startsWell ? [] : [incomplete(file, started)]),
      ...(isStopped ? [] : [incomplete(file, stopped)]),
      ...doubts,
    ],
  };
}

function connections(file: string): Completeness {
  let seen = false;
  return {
    onRecord({ event }) {
      seen ||= event === 'connection_opened' || event === 'connection_closed';
    },
    finish: () => (seen ? [] : [{ code: 'no-connections', where: { file }, value: '' }]),
  };
}

/** Whether the run was cut short, or its clients were at the machine's limit. */
function generator(): Completeness {
  const doubts = new Map<string, Doubt>();
  const note = (code: Doubt['code'], { file, line }: LogRecord, value: string) => {
    const key = `${code} ${value}`;
    if (!doubts.has(key)) doubts.set(key, { code, where: { file, line }, value });
  };
  return {
    onRecord(record) {
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
