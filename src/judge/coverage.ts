import type { LogName } from '../core/records.ts';
import type { Doubt, FindingCode } from '../model/findings.ts';
import type { Coverage, Lack } from '../model/result.ts';
import type { Facts } from './facts.ts';

const CONNECTION_EVENTS = ['connection_opened', 'connection_closed', 'connection_attempt'] as const;

/**
 * The doubts about logs without what every verdict stands on: connections, and a client's log that tells
 * what the others do.
 */
export function evidenceDoubts(
  facts: Facts,
  fileOf: (log: LogName) => string | undefined,
): Doubt[] {
  // The one that others are held against.
  const log = facts.logs.has('server') ? 'server' : 'client';
  const file = fileOf(log);
  const where = file === undefined ? null : { file };
  if (!hasConnections(facts, log)) return [{ code: 'no-connections', where, value: log }];
  return facts.clientsDiffer ? [{ code: 'clients-differ', where: null, value: '' }] : [];
}

const hasConnections = (facts: Facts, log: LogName): boolean =>
  CONNECTION_EVENTS.some((event) => facts.has(log, event));

/** Which checks the logs have the evidence for, and what the others lack. */
export function coverageOf(facts: Facts, hasExpectations: boolean): Coverage[] {
  return Object.entries(COVERAGE).map(([code, coverage]) => ({
    code: code as FindingCode,
    ...coverage(facts, hasExpectations),
  }));
}

type Ran = Omit<Coverage, 'code'>;

const whole: Ran = { ran: true, lacking: null };
const partly = (lacking: Lack): Ran => ({ ran: true, lacking });
const not = (lacking: Lack): Ran => ({ ran: false, lacking });

const COVERAGE: Record<FindingCode, (facts: Facts, hasExpectations: boolean) => Ran> = {
  'sequence-not-increasing': (facts) => {
    if (facts.clientAttempts || facts.clientOpens) return whole;
    const [server, client] = [facts.closesAlone('server'), facts.closesAlone('client')];
    const untimed = server.untimed + client.untimed;
    const isOrdered = facts.serverOpens || server.closed + client.closed > untimed;
    if (untimed > 0) return isOrdered ? partly('no-durations') : not('no-durations');
    return acrossServers(facts);
  },
  'sequence-duplicated': (facts) =>
    facts.serverOpens || facts.clientAttempts || facts.clientOpens || facts.data.clientIds
      ? whole
      : not('no-client-ids'),
  'sequence-missing': () => whole,
  'sequence-not-from-one': (facts) => {
    if (!facts.logs.has('client')) return not('no-client-log');
    if (!facts.clientAttempts) return not('no-attempts');
    return facts.has('client', 'session_started') ? whole : not('no-session-starts');
  },
  'attempt-skipped': (facts) => {
    if (!facts.logs.has('client')) return not('no-client-log');
    return facts.clientAttempts ? whole : not('no-attempts');
  },
  'gap-unexplained': (facts) => {
    const held = fromBothLogs(facts);
    return !held.ran || facts.clientAttempts || facts.clientOpens ? held : not('no-attempts');
  },
  'close-missing': (facts) => (facts.serverEnds || facts.clientEnds ? whole : not('no-bounds')),
  'close-orphaned': (facts) => {
    const serversOpen = facts.serverOpens && facts.allServersOpen;
    if (!(serversOpen || facts.clientOpens || facts.clientAttempts)) return not('no-opens');
    // Sessions that are in no log of opens may be another server's.
    return facts.mayBeSplit ? partly('no-opens') : whole;
  },
  'logs-disagree': fromBothLogs,
  'lines-disagree': () => whole,
  'session-forked': (facts) => {
    if (facts.clientDocuments) return whole;
    if (facts.data.serverDocuments) return acrossServers(facts);
    return not(facts.has('client', 'document_loaded') ? 'no-unloads' : 'no-documents');
  },
  'session-lost': (facts) => {
    if (!facts.logs.has('client')) return not('no-client-log');
    return facts.clientEnds || facts.data.tabEnds ? whole : not('no-bounds');
  },
  'threshold-crossed': (_facts, hasExpectations) =>
    hasExpectations ? whole : not('no-expectations'),
};

/** No order holds between the lines of two servers; each server's own are checked. */
function acrossServers({ severalServers }: Facts): Ran {
  return severalServers ? partly('no-common-clock') : whole;
}

/** What is told by one log held against the other. */
function fromBothLogs({ logs }: Facts): Ran {
  if (!logs.has('client')) return not('no-client-log');
  return logs.has('server') ? whole : not('no-server-log');
}
