import type { Doubt, FindingCode } from '../core/findings.ts';
import type { LogName } from '../core/records.ts';
import type { Coverage, Lack } from '../core/result.ts';
import type { Facts } from './facts.ts';

const CONNECTION_EVENTS = ['connection_opened', 'connection_closed', 'connection_attempt'];

/** The doubt about a log, the one that others are held against, that has no connection in it. */
export function noConnections(facts: Facts, fileOf: (log: LogName) => string | undefined): Doubt[] {
  const log = facts.logs.has('server') ? 'server' : 'client';
  if (CONNECTION_EVENTS.some((event) => facts.has(log, event))) return [];
  const file = fileOf(log);
  return [{ code: 'no-connections', where: file === undefined ? null : { file }, value: log }];
}

/** Which checks the logs have the evidence for, and what the others lack. */
export function coverageOf(facts: Facts, hasExpectations: boolean): Coverage[] {
  return Object.entries(LACKS).map(([code, lackOf]) => {
    const lacking = lackOf(facts, hasExpectations);
    // Each server's log is checked all the same.
    const ran = lacking === null || lacking === 'no-common-clock';
    return { code: code as FindingCode, ran, lacking };
  });
}

const LACKS: Record<FindingCode, (facts: Facts, hasExpectations: boolean) => Lack | null> = {
  'sequence-not-increasing': (facts) => {
    if (!(facts.serverOpens || facts.clientAttempts || facts.durations)) return 'no-durations';
    return facts.clientAttempts ? null : acrossServers(facts);
  },
  'sequence-duplicated': (facts) =>
    facts.serverOpens || facts.clientAttempts || facts.clientIds ? null : 'no-client-ids',
  'sequence-missing': () => null,
  'sequence-not-from-one': (facts) =>
    withoutClientLog(facts) ??
    (facts.has('client', 'session_started') ? null : 'no-session-starts'),
  'attempt-skipped': (facts) =>
    withoutClientLog(facts) ?? (facts.clientAttempts ? null : 'no-attempts'),
  'gap-unexplained': (facts) =>
    withoutBothLogs(facts) ?? (facts.clientAttempts ? null : 'no-attempts'),
  'close-missing': (facts) => (facts.serverEnds || facts.clientEnds ? null : 'no-bounds'),
  'close-orphaned': (facts) =>
    (facts.serverOpens && facts.allServersOpen) || facts.clientOpens || facts.clientAttempts
      ? null
      : 'no-opens',
  'logs-disagree': withoutBothLogs,
  'session-forked': (facts) => {
    if (!facts.documents) return 'no-documents';
    return facts.logs.has('client') ? null : acrossServers(facts);
  },
  'session-lost': (facts) => withoutClientLog(facts) ?? (facts.clientEnds ? null : 'no-bounds'),
  'threshold-crossed': (_facts, hasExpectations) => (hasExpectations ? null : 'no-expectations'),
};

/** No order holds between the lines of two servers. */
function acrossServers({ severalServers }: Facts): Lack | null {
  return severalServers ? 'no-common-clock' : null;
}

function withoutClientLog({ logs }: Facts): Lack | null {
  return logs.has('client') ? null : 'no-client-log';
}

function withoutBothLogs(facts: Facts): Lack | null {
  return withoutClientLog(facts) ?? (facts.logs.has('server') ? null : 'no-server-log');
}
