import type { Finding } from '../model/findings.ts';
import type { LogRecord } from '../model/record.ts';
import { type CreateCheck, finding } from './check.ts';

/** What the line has for a number, where it has none, or names no session. */
export const ABSENT = 'absent';
export const NO_SESSION = ', and it names no session';

const MAX_SHOWN = 40;

/** A line about a connection that names no session or no number can't be followed. */
export const sequenceMissing: CreateCheck = () => {
  const findings: Finding[] = [];
  return {
    onRecord(record) {
      const { log, event, client_id } = record;
      if (log === 'faults' || !isOfConnection(event, client_id !== undefined)) return;
      if (record.connection_sequence === undefined) {
        findings.push(missing(record, shown(record.fields.connection_sequence)));
      } else if (record.session_id === undefined) {
        findings.push(missing(record, `${record.connection_sequence}${NO_SESSION}`));
      }
    },
    found: findings,
    finish: () => findings,
  };
};

/** Of clients' and servers' lines; a page that goes may leave a connection, or none. */
export function isOfConnection(event: string, hasClientId: boolean): boolean {
  return event === 'document_unloaded' ? hasClientId : event.startsWith('connection_');
}

function missing(record: LogRecord, value: string): Finding {
  const { session_id } = record;
  const subject = { session_id, connection_sequence: null };
  return finding('sequence-missing', subject, { value }, [record]);
}

/** As it stood in the log; nested values, however deep, by their kind alone. */
function shown(value: unknown): string {
  if (value === undefined) return ABSENT;
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(typeof value === 'string' ? value.slice(0, MAX_SHOWN) : value);
  return text.slice(0, MAX_SHOWN);
}
