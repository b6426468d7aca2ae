/** A run that one process played, as several workers would have logged it. */
import fs from 'node:fs';
import path from 'node:path';
import { LOG_FILES, type LogName, workerLog } from '../../src/core/records.ts';
import { shareOf } from '../../src/scenario/shares.ts';
import type { Line, Lines } from '../judge/world.ts';
import { groupsOf, isOfProcess } from './defective-logs.ts';
import { temporaryDirectory } from './world.ts';

const CLIENTS = 4;
export const SCENARIO = `name: dealt\nseed: 1\nduration: 10s\nclients: { count: ${CLIENTS} }\n`;

/** Lines by the names of their files. */
export type LogsByName = Record<string, Line[]>;

export const together = (lines: Lines): LogsByName =>
  Object.fromEntries(
    (Object.keys(LOG_FILES) as LogName[]).map((log) => [LOG_FILES[log], lines[log]]),
  );

/**
 * Deals the sessions to workers: those that have to do with each other to the same.
 *
 * @param clients of the scenario
 */
export function dealt(lines: Lines, workers: number, clients = CLIENTS): LogsByName {
  const workerOf = workersOf(lines, workers);
  const all = Array.from({ length: workers }, (_, index) => index + 1);
  const part = (log: 'client' | 'faults', worker: number) =>
    counted(lines[log].filter((line) => isOfProcess(line) || workerOf(line) === worker));
  const faultsOf = (worker: number) =>
    part('faults', worker).map((line) =>
      line.event === 'fault_injected' ? { ...line, worker } : line,
    );
  const clientsOf = (worker: number) =>
    part('client', worker).map((line) =>
      'client' in line ? { ...line, client: `client-${worker}` } : line,
    );
  return {
    [LOG_FILES.server]: lines.server,
    ...Object.fromEntries(all.map((one) => [workerLog('client', one), clientsOf(one)])),
    [LOG_FILES.faults]: ofCoordinator(lines.faults, workers, clients),
    ...Object.fromEntries(all.map((one) => [workerLog('faults', one), faultsOf(one)])),
  };
}

function workersOf(lines: Lines, workers: number): (line: Line) => number {
  const groups = groupsOf(lines);
  const names = [...new Set(groups.values())];
  const worker = new Map(names.map((name, index) => [name, 1 + (index % workers)]));
  return (line) => worker.get(groups.get(line) as string) as number;
}

/** Who played, and what happened to the server: without the sessions that it hit. */
function ofCoordinator(faults: Line[], workers: number, clients: number): Line[] {
  const seen = new Set<unknown>();
  const isFirst = ({ event, fault, occurrence, kills_server }: Line) => {
    const key = JSON.stringify([event, occurrence, kills_server]);
    const isOfServer = event === 'fault_ended' || /^restart.server$/.test(`${fault}`);
    return (isOfServer || kills_server === true) && !seen.has(key) && seen.add(key);
  };
  const own = faults
    .filter((line) => isOfProcess(line) || isFirst(line))
    .map((line) =>
      line.event === 'fault_injected'
        ? { ...line, session_id: null, connection_sequence: null }
        : line,
    );
  const { time } = faults[0] as Line;
  return counted([
    ...own.slice(0, 1),
    ...Array.from({ length: workers }, (_, index) => joined(index + 1, workers, time, clients)),
    ...own.slice(1, -1),
    ...Array.from({ length: workers }, (_, index) => left(index + 1, time)),
    ...own.slice(-1),
  ]);
}

export const joined = (worker: number, every: number, time: string, clients = CLIENTS): Line => ({
  time,
  event: 'worker_joined',
  worker,
  name: `w-${worker}`,
  machine: `host-${worker}`,
  clients: shareOf(clients, worker, every).clients,
  first_client: worker,
  every,
  clock_offset_ms: 12.31,
  clock_error_ms: 0.2,
});

export const left = (worker: number, time: string): Line => ({
  time,
  event: 'worker_left',
  worker,
  clock_offset_ms: 12.4,
  clock_error_ms: 0.3,
});

/** With as many `lines` as there are now. */
function counted(lines: Line[]): Line[] {
  return lines.map((line, index) => ('lines' in line ? { ...line, lines: index } : line));
}

/** A run's directory. */
export function written(logs: LogsByName, scenario = SCENARIO): string {
  const directory = temporaryDirectory();
  fs.writeFileSync(path.join(directory, 'scenario.yaml'), scenario);
  for (const [name, lines] of Object.entries(logs)) {
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    fs.writeFileSync(path.join(directory, name), text);
  }
  return directory;
}
