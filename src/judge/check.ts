import type { ExcuseCode, FindingCode, FindingDetails } from '../model/findings.ts';
import { IdTable } from '../model/id-table.ts';
import type { LinePlace } from '../model/record.ts';
import { placeOf, type Rows } from '../model/rows.ts';
import { circumstanceOf, type RawCircumstance } from './circumstances.ts';
import type { Covered } from './coverage.ts';
import type { Facts } from './facts.ts';
import type { Session } from './session.ts';
import { addDoubt, type SessionDoubt, type SessionDoubtCode } from './session-doubts.ts';

/** What a line has in a field, as text. */
export interface Cited {
  place: LinePlace;
  field:
    | 'session_id'
    | 'client_id'
    | 'document_id'
    | 'connection_sequence'
    | 'closed_by'
    | 'error'
    | 'fault';
}

/** Text that is partly cited. */
export interface Quotation {
  parts: (string | Cited)[];
}

/** Details whose texts are still to be looked up. */
export type Raw<T> = T extends string
  ? T | Cited | Quotation
  : T extends (infer E)[]
    ? Raw<E>[]
    : T extends object
      ? { [K in keyof T]: Raw<T[K]> }
      : T;

/** A finding in codes, numbers and places. */
export interface RawFinding {
  code: FindingCode;
  /** A line that names the session; null for findings about none. */
  session: LinePlace | null;
  /** Halves of its id's hash. */
  low: number;
  high: number;
  connection_sequence: number | null;
  details: unknown;
  evidence: LinePlace[];
  /** null of what names no session. */
  after: RawCircumstance | null;
}

/** One rule. It keeps nothing. */
export interface Check {
  /** Whether the logs have the evidence for it, or what they lack. */
  coverage(facts: Facts): Covered;
  /** Looks at a session, with its family and what is known of whole logs, and tells what is wrong. */
  find(session: Session, facts: Facts, findings: Findings): void;
}

/** What the checks find. */
export class Findings {
  readonly found: RawFinding[] = [];
  readonly excuses = new Map<ExcuseCode, number>();
  readonly doubts: SessionDoubt[] = [];
  /** Ids that some line claims, and about which other sessions' lines may tell more. */
  readonly asked = new IdTable();
  /** How often any was asked about. */
  asks = 0;

  /**
   * @param session a session whose line `row` is, or null
   * @param evidence rows that prove it; -1 is passed over
   */
  add<C extends FindingCode>(
    code: C,
    session: Session,
    connection_sequence: number | null,
    details: Raw<FindingDetails[C]>,
    evidence: readonly number[],
  ): void {
    const proof = evidence.filter((row) => row >= 0);
    const { rows } = session;
    const places = proof.map((row) => placeOf(rows, row));
    const [first, last] = [proof[0] as number, proof.at(-1) as number];
    this.addPlaced(code, session, first, connection_sequence, details, places, last);
  }

  /**
   * @param row of the session
   * @param about the row that tells of what is wrong
   */
  addPlaced<C extends FindingCode>(
    code: C,
    session: Session,
    row: number,
    connection_sequence: number | null,
    details: Raw<FindingDetails[C]>,
    evidence: LinePlace[],
    about = row,
  ): void {
    const { low, high } = session;
    const named = low === 0 ? null : naming(session, row);
    // Connections of logs without numbers are joined under numbers below 0.
    const number = (connection_sequence ?? 0) > 0 ? connection_sequence : null;
    this.found.push({
      code,
      session: named,
      low,
      high,
      connection_sequence: number,
      details,
      evidence,
      after: low === 0 && high === 0 ? null : circumstanceOf(session, about),
    });
  }

  excuse(code: ExcuseCode): void {
    this.excuses.set(code, (this.excuses.get(code) ?? 0) + 1);
  }

  doubt(code: SessionDoubtCode, session: Session, row: number, connections = 0, of = 0): void {
    const first = [naming(session, row)];
    addDoubt(this.doubts, { code, sessions: 1, connections, of, first });
  }

  ask(low: number, high: number): void {
    this.asked.add(low, high);
    this.asks += 1;
  }
}

export { placeOf };

/** A line that names the session: that of the row, or another one's. */
function naming({ rows, server, client }: Session, row: number): LinePlace {
  if (!rows.isNamedElsewhere(row)) return placeOf(rows, row);
  const isNaming = (one: number) => !rows.isNamedElsewhere(one);
  return placeOf(rows, server.find(isNaming) ?? client.find(isNaming) ?? row);
}

export const cite = (rows: Rows, row: number, field: Cited['field']): Cited => ({
  place: placeOf(rows, row),
  field,
});
