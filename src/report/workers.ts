import type { WorkerLostReason } from '../core/records.ts';
import type { RunResult } from '../model/result.ts';
import type { RunWorker } from '../model/workers.ts';
import { counted, number } from './format.ts';
import type { Row } from './metric-rows.ts';
import { sanitize } from './sanitize.ts';

const MAX_SHOWN = 20;

/** The processes that played a run, and how well they kept time; empty where one did. */
export function workerRows({ workers = [], moments_apart }: RunResult): Row[] {
  if (workers.length === 0) return [];
  const rest = workers.length - MAX_SHOWN;
  return [
    [
      'workers',
      [
        `${number(workers.length)}, ${clocks(workers)}`,
        ...workers.slice(0, MAX_SHOWN).map(aboutWorker),
        ...(rest > 0 ? [`and ${number(rest)} more`] : []),
      ],
    ],
    ['one moment', moments_apart ? [oneMoment(moments_apart)] : []],
  ];
}

/** By how much they may be off, as far as they were read. */
function clocks(workers: readonly RunWorker[]): string {
  const off = workers.map(({ clock_error_ms: error, clock_moved_ms: moved }) =>
    Math.max(error, Math.abs(moved ?? 0)),
  );
  const unread = workers.filter(({ clock_moved_ms }) => clock_moved_ms === null).length;
  const atStart = unread === 0 ? '' : `, ${number(unread)} not read again at the end`;
  return `clocks within ${ms(Math.max(...off))}${atStart}`;
}

const LOST: Record<WorkerLostReason, string> = {
  gone: 'lost: its connection went',
  silent: 'lost: it no longer answered',
  failed: 'lost: it failed',
};

/** `w-a on host-1: 1,000 clients, 4,321 attempts, clock +12.31 ms ± 0.2 ms`. */
function aboutWorker({ name, machine, clients, attempts, lost, ...clock }: RunWorker): string {
  const offset = clock.clock_offset_ms;
  const parts = [
    counted(clients, 'client'),
    ...(attempts === null ? [] : [counted(attempts, 'attempt')]),
    `clock ${offset < 0 ? '−' : '+'}${ms(Math.abs(offset))} ± ${ms(clock.clock_error_ms)}`,
    ...(lost === null ? [] : [LOST[lost]]),
  ];
  return sanitize(`${name} on ${machine}: ${parts.join(', ')}`);
}

const oneMoment = ({ apart_ms, fault, occurrence }: NonNullable<RunResult['moments_apart']>) =>
  sanitize(`faults at most ${ms(apart_ms)} apart (${fault}, number ${number(occurrence)})`);

const ms = (value: number): string => `${number(Math.round(value * 100) / 100)} ms`;
