import type { Finding } from '../model/findings.ts';
import { type CreateCheck, finding } from './check.ts';
import { type ServerOpened, serverSides } from './connection.ts';
import type { Connections, Entry } from './connections.ts';
import type { Facts } from './facts.ts';

/**
 * What the server still had to do to log a close before it was killed: hear of it, and have its turn.
 * A connection that ended this shortly before the kill is excused.
 */
const KILL_GRACE_MS = 100;

/** Every connection and attempt has an end; only a kill excuses a server from logging it. */
export const closeMissing: CreateCheck = ({ facts, connections }) => ({
  finish(): Finding[] {
    const findings: Finding[] = [];
    const mayHaveBeenOpen = createExcuse(facts, connections);
    for (const entry of connections) {
      if (facts.clientEnds) findings.push(...clientMissing(entry, connections));
      for (const opened of serverMissing(entry, connections)) {
        if (connections.epochs[opened.epoch] === 'killed' && mayHaveBeenOpen(entry, opened))
          continue;
        const details = { side: 'server', event: 'connection_opened' } as const;
        findings.push(finding('close-missing', entry, details, [opened, entry.connection.end]));
      }
    }
    return findings;
  },
});

function clientMissing(entry: Entry, connections: Connections): Finding[] {
  const { attempt, opened, end } = entry.connection;
  const begun = opened ?? attempt;
  if (!begun || end || connections.isNumberless('client', opened?.client_id)) return [];
  const event = opened ? 'connection_opened' : 'connection_attempt';
  return [finding('close-missing', entry, { side: 'client', event }, [begun])];
}

/** What a server that is gone had opened, and never logged as closed. */
function serverMissing({ connection }: Entry, connections: Connections): ServerOpened[] {
  const missing: ServerOpened[] = [];
  for (const { client_id, opened, closed } of serverSides(connection)) {
    if (!opened || closed || connections.isNumberless('server', client_id)) continue;
    const epoch = connections.epochs[opened.epoch];
    // A log that ends in mid-run lacks closes; that is a doubt, not a finding.
    if (epoch === 'stopped' || epoch === 'killed') missing.push(opened);
  }
  return missing;
}

/** Tells whether a connection of a killed server may still have been open when it was killed. */
function createExcuse(facts: Facts, connections: Connections) {
  const killedAt = killTimes(facts, connections);
  const lastOpened = lastVerified(connections, killedAt);

  /** The server closes a session's older connection when it accepts a verified newer one. */
  const wasSuperseded = ({ session_id }: Entry, { epoch, order }: ServerOpened) =>
    order < (lastOpened.get(session_id)?.get(epoch) ?? 0);

  /** The client saw the end while the server lived, and nothing kept the server from hearing of it. */
  const endedBefore = ({ session_id, connection }: Entry, { epoch, time }: ServerOpened) => {
    const { end, faults, reused } = connection;
    const killed = killedAt.get(epoch) ?? 0;
    if (!end || reused || Math.max(end.time, time) >= killed - KILL_GRACE_MS) return false;
    return !faults?.some((fault) => fault.half_open) && !connections.isDelayed(session_id);
  };

  return (entry: Entry, opened: ServerOpened) =>
    !wasSuperseded(entry, opened) && !endedBefore(entry, opened);
}

/** For each session and epoch, the order of the last verified `connection_opened` long before a kill. */
function lastVerified(
  connections: Connections,
  killedAt: Map<number, number>,
): Map<string, Map<number, number>> {
  const lines = new Map<string, Map<number, number>>();
  if (!connections.epochs.includes('killed')) return lines;
  const { facts, lastLines } = connections;
  // Where a crash found the server down, faults don't tell which kill was which: none before the last line.
  const earliest = (epoch: number) => (facts.logs.has('faults') ? lastLines[epoch] : undefined);
  for (const { session_id, connection } of connections) {
    for (const { opened } of serverSides(connection)) {
      if (!opened || opened.isUnverified) continue;
      const killed =
        killedAt.get(opened.epoch) ?? earliest(opened.epoch) ?? Number.POSITIVE_INFINITY;
      if (opened.time >= killed - KILL_GRACE_MS) continue;
      const ofSession = lines.get(session_id) ?? new Map<number, number>();
      lines.set(session_id, ofSession);
      ofSession.set(opened.epoch, Math.max(opened.order, ofSession.get(opened.epoch) ?? 0));
    }
  }
  return lines;
}

/** When each killed epoch ended. Unless there is one kill for each, none can be told. */
function killTimes({ logs }: Facts, connections: Connections): Map<number, number> {
  const { epochs, faults } = connections;
  const killed = epochs.flatMap((epoch, index) => (epoch === 'killed' ? [index] : []));
  if (!logs.has('client') || killed.length !== faults.kills.length) return new Map();
  return new Map(killed.map((epoch, nth) => [epoch, faults.kills[nth] ?? 0]));
}
