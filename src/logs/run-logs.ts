import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  LOG_FILES,
  type LogName,
  NODE_LOG,
  nodeLog,
  TARGET_LOG,
  WORKER_LOGS,
} from '../core/records.ts';
import type { Doubt } from '../model/findings.ts';
import { LogUnreadable, reading } from './errors.ts';

export interface RunLog {
  log: LogName;
  file: string;
}

/**
 * The logs of a run directory; one that is not there is a doubt.
 *
 * @param nodes that its server had; where that is not known, as many as there are logs
 * @throws LogUnreadable where there is no such directory, or no log in it
 */
export function findLogs(directory: string, nodes = 1): { logs: RunLog[]; doubts: Doubt[] } {
  const present = reading(directory, () => readdirSync(directory));
  const logs: RunLog[] = [];
  const doubts: Doubt[] = [];
  const servers = serverLogs(present, nodes);
  const wanted = [
    ...servers.map((name) => ({ log: 'server' as const, name })),
    ...clientLogs(present).map((name) => ({ log: 'client' as const, name })),
    ...faultLogs(present).map((name) => ({ log: 'faults' as const, name })),
  ];
  for (const { log, name } of wanted) {
    const file = join(directory, name);
    if (present.includes(name)) logs.push({ log, file });
    else doubts.push({ code: 'log-missing', where: { file }, value: log });
  }
  if (logs.length === 0) {
    throw new LogUnreadable(directory, `none of ${Object.values(LOG_FILES).join(', ')} is here`);
  }
  return { logs, doubts };
}

/** Names of the server's logs that are there, or should be. */
function serverLogs(present: readonly string[], nodes: number): string[] {
  const ofNodes = present.filter((name) => NODE_LOG.test(name)).toSorted(naturally);
  if (nodes > 1) {
    const wanted = Array.from({ length: nodes }, (_, index) => nodeLog(index + 1));
    return [...new Set([...wanted, ...ofNodes])];
  }
  if (present.includes(LOG_FILES.server)) return [LOG_FILES.server];
  if (present.includes(TARGET_LOG)) return [TARGET_LOG];
  return ofNodes.length > 0 ? ofNodes : [LOG_FILES.server];
}

/** As `serverLogs`. Whether those of all workers are there is known by who joined. */
function clientLogs(present: readonly string[]): string[] {
  const ofWorkers = workerLogs(present, 'client');
  const own = ofWorkers.length === 0 || present.includes(LOG_FILES.client);
  return [...(own ? [LOG_FILES.client] : []), ...ofWorkers];
}

const faultLogs = (present: readonly string[]): string[] => [
  LOG_FILES.faults,
  ...workerLogs(present, 'faults'),
];

const workerLogs = (present: readonly string[], log: keyof typeof WORKER_LOGS): string[] =>
  present.filter((name) => WORKER_LOGS[log].test(name)).toSorted(naturally);

/** The worker whose log has that name, from 1; undefined for any other name. */
export function workerOf(name: string): number | undefined {
  const isOne = Object.values(WORKER_LOGS).some((pattern) => pattern.test(name));
  return isOne ? Number.parseInt(name.slice(name.indexOf('-') + 1), 10) : undefined;
}

/** Numbers in names by what they count. */
export const { compare: naturally } = new Intl.Collator('en', { numeric: true });
