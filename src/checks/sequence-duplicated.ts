import type { Evidence, Finding } from '../core/findings.ts';
import type { LogRecord } from '../core/records.ts';
import { type CreateCheck, finding } from './check.ts';
import { type Connection, sameId, serverSides } from './connection.ts';
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
  const { log, event } = record;
  if (event === 'connection_opened' && log === 'server') {
    return otherOpened(connections.find(record), record);
  }
  if (event === 'connection_closed' && log === 'server' && !facts.serverOpens) {
    return otherClose(connections.find(record), record);
  }
  if (event === 'connection_opened' && log === 'client') return connections.find(record)?.opened;
  if (event === 'connection_attempt') return connections.find(record)?.attempt;
  return undefined;
}

/**
 * The handshake accepted before under the number. Another peer with the session's id, but not its token,
 * is not part of the session's story, whichever of the two came first.
 */
function otherOpened(
  earlier: Connection | undefined,
  { fields, client_id }: LogRecord,
): Evidence | undefined {
  const isUnverified = fields.session_verified === false;
  const sides = earlier ? serverSides(earlier) : [];
  return sides.find(
    (side) =>
      side.opened && (side.client_id === client_id || !(isUnverified || side.opened.isUnverified)),
  )?.opened;
}

/** Where the server log has closes only, two of them with two client ids are two connections. */
function otherClose(
  earlier: Connection | undefined,
  { client_id }: LogRecord,
): Evidence | undefined {
  const sides = earlier ? serverSides(earlier) : [];
  return sides.some((side) => sameId(side.client_id, client_id)) ? undefined : sides[0]?.closed;
}

function duplicate(
  subject: Pick<LogRecord, 'session_id' | 'connection_sequence'>,
  event: string,
  evidence: (Evidence | undefined)[],
): Finding {
  return finding('sequence-duplicated', subject, { event }, evidence);
}
