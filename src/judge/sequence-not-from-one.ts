import type { Finding } from '../model/findings.ts';
import { type CreateCheck, finding } from './check.ts';

/** A session born in this log starts at 1; one that an earlier run left goes on where it was. */
export const sequenceNotFromOne: CreateCheck = () => {
  const findings: Finding[] = [];
  const unused = new Set<string>();
  return {
    onRecord(record) {
      const { event, session_id, connection_sequence } = record;
      if (session_id === undefined) return;
      if (event === 'session_started') unused.add(session_id);
      if (event !== 'connection_attempt' || !unused.delete(session_id)) return;
      if (connection_sequence === undefined || connection_sequence === 1) return;
      findings.push(finding('sequence-not-from-one', record, {}, [record]));
    },
    finish: () => findings,
  };
};
