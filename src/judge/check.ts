import type { Evidence, Finding, FindingCode, FindingDetails } from '../model/findings.ts';
import type { LogRecord } from '../model/record.ts';
import type { Connections } from './connections.ts';
import type { Facts } from './facts.ts';

/** What a check is given beside the records. */
export interface CheckContext {
  /** What there is in the logs; a check that needs something else says nothing. */
  facts: Facts;
  /** Both logs' story of each connection: up to, and without, the record a check is handed. */
  connections: Connections;
}

/** Folds over the records of all logs, file by file: no order holds between lines of two files. */
export interface Check {
  onRecord?(record: LogRecord): void;
  /** What stands already, whatever is still to come; it only grows. Of checks that can't know: none. */
  readonly found?: readonly Finding[];
  finish(): Finding[];
}

export type CreateCheck = (context: CheckContext) => Check;

/** Whose finding it is; a record will do. */
interface Subject {
  session_id: string | null | undefined;
  connection_sequence: number | null | undefined;
}

export function finding<C extends FindingCode>(
  code: C,
  { session_id, connection_sequence }: Subject,
  details: FindingDetails[C],
  evidence: (Evidence | undefined)[],
): Finding {
  const proof = evidence.filter((line) => line !== undefined).map(lineOf);
  return {
    code,
    session_id: session_id ?? null,
    connection_sequence: connection_sequence ?? null,
    details,
    evidence: proof,
  } as Finding;
}

/** The line alone of whatever stands on one. */
export function lineOf({ file, line }: Evidence): Evidence {
  return { file, line };
}
