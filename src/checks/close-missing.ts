import type { Finding } from '../core/findings.ts';
import type { LogName } from '../core/records.ts';
import { type CreateCheck, finding } from './check.ts';
import { type Connection, type Connections, type ServerOpened, serverSides } from './connections.ts';

/**
 * What the server still had to do to log a close before it was killed: hear of it, and have its turn.
 * A connection that ended this shortly before the kill is excused.
 */
const KILL_GRACE_MS = 100;

/** One number of one session, and what its session says beside it. */
interface Subject {
  session_id: string;
  connection_sequence: number;
  connection: Connection;
}

/** Every connection and attempt has an end; only a kill excuses a server from logging it. */
export const closeMissing: CreateCheck = ({ logs, connections }) => ({
  finish(): Finding[] {
    const excuse = createExcuse(logs, connections);
    return [...connections].flatMap((subject) => [
      ...clientMissing(subject, connections),
      ...serverMissing(subject, connections, excuse),
    ]);
  },
});

function clientMissing(
  { connection: { attempt, opened, end }, ...subject }: Subject,
  connections: Connections,
): Finding[] {
  const begun = opened ?? attempt;
  if (!begun || end || !connections.clientStopped) return [];
  if (connections.isNumberless('client', opened?.client_id)) return [];
  const event = opened ? 'connection_opened' : 'connection_attempt';
  return [finding('close-missing', subject, { side: 'client', event }, [begun])];
}

function serverMissing(
  subject: Subject,
  connections: Connections,
  isExcused: (subject: Subject, opened: ServerOpened) => boolean,
): Finding[] {
  return serverSides(subject.connection).flatMap(({ client_id, opened, closed }) => {
    if (!opened || closed || connections.isNumberless('server', client_id)) return [];
    const epoch = connections.epochs[opened.epoch];
    // A log that ends in mid-run lacks closes; that is a doubt, not a finding.
    if (epoch !== 'stopped' && epoch !== 'killed') return [];
    if (epoch === 'killed' && isExcused(subject, opened)) return [];
    const details = { side: 'server', event: 'connection_opened' } as const;
    return [finding('close-missing', subject, details, [opened, subject.connection.end])];
  });
}

/** Whether a connection of a killed server may still have been open when it was killed. */
function createExcuse(logs: ReadonlySet<LogName>, connections: Connections) {
  const lastOpened = lastVerifiedLines(connections);
  const killedAt = killTimes(logs, connections);

  /** The server closes a session's older connection when it accepts a verified newer one. */
  const wasSuperseded = ({ session_id }: Subject, { epoch, line }: ServerOpened) =>
    line < (lastOpened.get(session_id)?.get(epoch) ?? 0);

  /** The client saw the end, the server was alive to hear of it, and nothing kept it from hearing. */
  const endedBefore = ({ session_id, connection }: Subject, { epoch }: ServerOpened) => {
    const { end, faults = [] } = connection;
    const killed = killedAt.get(epoch);
    if (!end || killed === undefined || end.time >= killed - KILL_GRACE_MS) return false;
    return !faults.some((fault) => fault.half_open) && !connections.faults.delayed.has(session_id);
  };

  return (subject: Subject, opened: ServerOpened) =>
    !wasSuperseded(subject, opened) && !endedBefore(subject, opened);
}

/** For each session and epoch, the line of the last verified `connection_opened`. */
function lastVerifiedLines(connections: Connections): Map<string, Map<number, number>> {
  const lines = new Map<string, Map<number, number>>();
  if (!connections.epochs.includes('killed')) return lines;
  for (const { session_id, connection } of connections) {
    for (const { opened } of serverSides(connection)) {
      if (!opened?.session_verified) continue;
      const ofSession = lines.get(session_id) ?? new Map<number, number>();
      lines.set(session_id, ofSession);
      ofSession.set(opened.epoch, Math.max(opened.line, ofSession.get(opened.epoch) ?? 0));
    }
  }
  return lines;
}

/** When each killed epoch ended. Unless there is one kill for each, none can be told. */
function killTimes(logs: ReadonlySet<LogName>, connections: Connections): Map<number, number> {
  const { epochs, faults } = connections;
  const killed = epochs.flatMap((epoch, index) => (epoch === 'killed' ? [index] : []));
  if (!logs.has('client') || killed.length !== faults.kills.length) return new Map();
  return new Map(killed.map((epoch, nth) => [epoch, faults.kills[nth] ?? 0]));
}
