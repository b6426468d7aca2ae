import type { Evidence, Finding } from '../core/findings.ts';
import type { LogRecord } from '../core/records.ts';
import { type CreateCheck, finding } from './check.ts';
import { type Connection, serverOpened, serverSides } from './connection.ts';
import type { Connections } from './connections.ts';

/** Every number is spent once: before the socket is opened, so that no crash can use it twice. */
export const sequenceDuplicated: CreateCheck = ({ facts, connections }) => {
  const findings: Finding[] = [];
  return {
    onRecord(record) {
      const first = sameEarlier(connections, record);
      if (first) findings.push(duplicate(record, record.event, [first, record]));
    },
    finish: () => (facts.serverOpens ? findings : [...findings, ...closes(connections)]),
  };
};

function sameEarlier(connections: Connections, record: LogRecord): Evidence | undefined {
  const { log, event } = record;
  if (event === 'connection_opened' && log === 'server') {
    const earlier = connections.find(record);
    return isStranger(record, earlier) ? undefined : serverOpened(earlier);
  }
  if (event === 'connection_opened' && log === 'client') return connections.find(record)?.opened;
  if (event === 'connection_attempt') return connections.find(record)?.attempt;
  return undefined;
}

/** Another peer with the session's id, but not its token: not part of the session's story. */
function isStranger({ fields, client_id }: LogRecord, earlier: Connection | undefined): boolean {
  if (fields.session_verified !== false || !earlier) return false;
  return serverSides(earlier).every((side) => side.client_id !== client_id);
}

/** Where the server log has closes only, two of them with two client ids are two connections. */
function closes(connections: Connections): Finding[] {
  return [...connections].flatMap(({ connection, ...subject }) => {
    const [first, ...others] = serverSides(connection).map(({ closed }) => closed);
    return others.map((other) => duplicate(subject, 'connection_closed', [first, other]));
  });
}

function duplicate(
  subject: Pick<LogRecord, 'session_id' | 'connection_sequence'>,
  event: string,
  evidence: (Evidence | undefined)[],
): Finding {
  return finding('sequence-duplicated', subject, { event }, evidence);
}
