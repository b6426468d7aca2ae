import type { LogName } from '../core/records.ts';
import type { Doubt } from '../model/findings.ts';
import type { Coverage, Lack } from '../model/result.ts';
import type { Facts } from './facts.ts';

const CONNECTION_EVENTS = ['connection_opened', 'connection_closed', 'connection_attempt'] as const;

/**
 * The doubts about logs without what every verdict stands on: connections, and a client's log that tells
 * what the others do.
 */
export function logDoubts(facts: Facts, fileOf: (log: LogName) => string | undefined): Doubt[] {
  // The one that others are held against.
  const log = facts.logs.has('server') ? 'server' : 'client';
  const file = fileOf(log);
  const where = file === undefined ? null : { file };
  if (!hasConnections(facts, log)) return [{ code: 'no-connections', where, value: log }];
  return facts.clientsDiffer ? [{ code: 'clients-differ', where: null, value: '' }] : [];
}

const hasConnections = (facts: Facts, log: LogName): boolean =>
  CONNECTION_EVENTS.some((event) => facts.has(log, event));

/** Whether a check can run on these logs. */
export type Covered = Omit<Coverage, 'code'>;

export const WHOLE: Covered = { ran: true, lacking: null };
export const partly = (lacking: Lack): Covered => ({ ran: true, lacking });
export const without = (lacking: Lack): Covered => ({ ran: false, lacking });

/** No order holds between the lines of two servers; each server's own are checked. */
export function acrossServers({ severalServers }: Facts): Covered {
  return severalServers ? partly('no-common-clock') : WHOLE;
}

/** What numbers tell, in the logs of one side or of both, where the logs have what else it takes. */
export function ofNumbers(facts: Facts, covered: Covered, side?: 'server' | 'client'): Covered {
  const numbered = facts.numbered(side);
  if (!covered.ran || !numbered.includes(false)) return covered;
  if (!numbered.includes(true)) return without('no-sequence');
  return covered.lacking === null ? partly('no-sequence') : covered;
}

/** What is told by one log held against the other. */
export function fromBothLogs({ logs }: Facts): Covered {
  if (!logs.has('client')) return without('no-client-log');
  return logs.has('server') ? WHOLE : without('no-server-log');
}
