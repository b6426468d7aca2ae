import type { Evidence, Finding } from '../core/findings.ts';
import type { LogRecord } from '../core/records.ts';
import { type CreateCheck, finding } from './check.ts';
import { type Connection, type ServerSide, sameId, serverSides } from './connection.ts';
import type { Connections } from './connections.ts';
import type { Facts } from './facts.ts';

/** Every number is spent once: before the socket is opened, so that no crash can use it twice. */
export const sequenceDuplicated: CreateCheck = ({ facts, connections }) => {
  const findings: Finding[] = [];
  return {
    onRecord(record) {
      const first = sameEarlier(facts, connections, record);
      if (first) findings.push(duplicate(record, record.event, [first, record]));
    },
    found: findings,
    finish: () => findings,
  };
};

function sameEarlier(
  facts: Facts,
  connections: Connections,
  record: LogRecord,
): Evidence | undefined {
  const { log, event, stream } = record;
  if (log === 'server') {
    const begins = event === 'connection_opened';
    const isAlone = event === 'connection_closed' && !facts.opensOf(stream);
    if (begins || isAlone) return otherBegun(connections.find(record), record, facts);
  }
  if (event === 'connection_opened' && log === 'client') return connections.find(record)?.opened;
  if (event === 'connection_attempt') return connections.find(record)?.attempt;
  return undefined;
}

/**
 * The connection that began before under the number; where a server logs closes only, two of them with two
 * client ids are two. Another peer with the session's id, but not its token, is not part of the session's
 * story, whichever of the two came first.
 */
function otherBegun(
  earlier: Connection | undefined,
  { event, fields, client_id }: LogRecord,
  facts: Facts,
): Evidence | undefined {
  const sides = earlier ? serverSides(earlier) : [];
  const isClose = event === 'connection_closed';
  if (isClose && sides.some((side) => sameId(side.client_id, client_id))) return undefined;
  const isUnverified = fields.session_verified === false;
  const other = sides.find(
    (side) =>
      beginningOf(side, facts) &&
      (side.client_id === client_id || !(isUnverified || side.opened?.isUnverified)),
  );
  return other && beginningOf(other, facts);
}

/** The first line of a connection. */
function beginningOf({ opened, closed }: ServerSide, facts: Facts): Evidence | undefined {
  return opened ?? (facts.opensOf(closed?.stream) ? undefined : closed);
}

function duplicate(
  subject: Pick<LogRecord, 'session_id' | 'connection_sequence'>,
  event: string,
  evidence: (Evidence | undefined)[],
): Finding {
  return finding('sequence-duplicated', subject, { event }, evidence);
}
