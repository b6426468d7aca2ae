import type { Evidence, Finding } from '../model/findings.ts';
import type { LogRecord } from '../model/record.ts';
import { type CreateCheck, finding } from './check.ts';
import type { Connection } from './connection.ts';
import { endOf } from './facts.ts';

/** The number a session uses next, and the line that says so. */
interface Next extends Evidence {
  expected: number;
}

const OUTCOMES = new Set([
  'connection_opened',
  'connection_failed',
  'connection_closed',
  'document_unloaded',
]);

/** The client logs each attempt, so its numbers have no gap, and nothing comes of no attempt. */
export const attemptSkipped: CreateCheck = ({ facts, connections }) => {
  const findings: Finding[] = [];
  const nexts = new Map<string, Next>();

  function onAttempt(record: LogRecord, number: number): void {
    const next = nexts.get(record.session_id ?? '');
    if (next && number > next.expected) {
      const { expected } = next;
      findings.push(finding('attempt-skipped', record, { expected }, [next, record]));
    }
  }

  return {
    onRecord(record) {
      const { log, event, session_id, connection_sequence, file, line } = record;
      if (log !== 'client' || session_id === undefined || connection_sequence === undefined) return;
      if (event === 'connection_attempt') onAttempt(record, connection_sequence);
      if (event === 'connection_attempt' || event === 'sequence_advanced') {
        nexts.set(session_id, { expected: connection_sequence + 1, file, line });
      }
      if (!OUTCOMES.has(event) || !facts.clientAttempts) return;
      if (isUnheardOf(connections.find(record)) && !facts.mayHaveBegunBefore(endOf(record))) {
        const details = { expected: connection_sequence };
        findings.push(finding('attempt-skipped', record, details, [record]));
      }
    },
    finish: () => findings,
  };
};

/** No client line so far: what comes of an attempt that was skipped is told once. */
function isUnheardOf(connection: Connection | undefined): boolean {
  return !connection?.attempt && !connection?.opened && !connection?.end;
}
