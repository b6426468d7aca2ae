import type { Doubt } from '../core/findings.ts';
import type { LogName, LogRecord } from '../core/records.ts';

/** Event-loop delay above which the load generator, not the server, may have made the numbers. */
export const MAX_EVENT_LOOP_DELAY_MS = 1000;

/** The machine had no more descriptors, ports, buffers or memory to dial with. */
const EXHAUSTED = /^(?:EMFILE|ENFILE|EADDRNOTAVAIL|ENOBUFS|ENOMEM)/;

interface Reader {
  onRecord(record: LogRecord): void;
  finish(): Doubt[];
}

/** Whether a log holds everything that its process did, as far as the log can tell. */
export function createCompleteness(log: LogName, file: string): Reader {
  if (log === 'server') return serverCompleteness(file);
  if (log === 'client') return clientCompleteness(file);
  return { onRecord: () => {}, finish: () => [] };
}

function serverCompleteness(file: string): Reader {
  let startsWell: boolean | undefined;
  let stopped = false;
  let connections = 0;
  return {
    onRecord({ event }) {
      startsWell ??= event === 'server_started';
      if (event === 'server_started') stopped = false;
      else if (event === 'server_stopped') stopped = true;
      else if (isConnection(event)) connections += 1;
    },
    finish: () => [
      ...(startsWell ? [] : [incomplete(file, 'server_started')]),
      ...(stopped ? [] : [incomplete(file, 'server_stopped')]),
      ...(connections > 0 ? [] : [noConnections(file)]),
    ],
  };
}

function clientCompleteness(file: string): Reader {
  let startsWell: boolean | undefined;
  let last: LogRecord | undefined;
  const exhausted = new Map<string, Doubt>();
  return {
    onRecord(record) {
      startsWell ??= record.event === 'client_started';
      last = record;
      const code = exhaustion(record);
      if (code !== undefined && !exhausted.has(code)) {
        const where = { file: record.file, line: record.line };
        exhausted.set(code, { code: 'generator-limited', where, value: code });
      }
    },
    finish: () => [
      ...(startsWell ? [] : [incomplete(file, 'client_started')]),
      ...(last?.event === 'client_stopped'
        ? stopDoubts(last)
        : [incomplete(file, 'client_stopped')]),
      ...exhausted.values(),
    ],
  };
}

function stopDoubts({ file, line, fields }: LogRecord): Doubt[] {
  const where = { file, line };
  const doubts: Doubt[] = [];
  if (fields.interrupted === true) doubts.push({ code: 'interrupted', where, value: '' });
  const delay = fields.event_loop_delay_p99_ms;
  if (typeof delay === 'number' && delay > MAX_EVENT_LOOP_DELAY_MS) {
    const value = `event-loop delay of ${Math.round(delay)} ms`;
    doubts.push({ code: 'generator-limited', where, value });
  }
  return doubts;
}

function exhaustion({ event, fields }: LogRecord): string | undefined {
  if (event !== 'connection_failed' || typeof fields.error !== 'string') return undefined;
  return EXHAUSTED.exec(fields.error)?.[0];
}

function isConnection(event: string): boolean {
  return event === 'connection_opened' || event === 'connection_closed';
}

function noConnections(file: string): Doubt {
  return { code: 'no-connections', where: { file }, value: '' };
}

/** `event` is what should stand there. */
function incomplete(file: string, event: string): Doubt {
  return { code: 'log-incomplete', where: { file }, value: event };
}
