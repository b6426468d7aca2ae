import type { Metrics } from '../model/metrics.ts';
import type { FailureReason } from '../model/result.ts';
import { metricValue } from './bounds.ts';
import { closeCodeMeaning } from './close-codes.ts';
import { counted, number, seconds } from './format.ts';
import { sanitize } from './sanitize.ts';
import { sparkline } from './sparkline.ts';
import { cutTo, displayWidth } from './text-width.ts';

/** A label, and what stands beside it. */
export type Row = [label: string, lines: string[]];

const SPARKLINE_WIDTH = 60;
const WIDTH = 66;

/** What was measured, for a person; rows of which nothing is known are empty. */
export function metricRows(metrics: Metrics, failures: readonly FailureReason[] = []): Row[] {
  return [
    ['sessions', sessions(metrics)],
    ['attempts', attempts(metrics)],
    ['failed', failed(failures)],
    ['reconnects', reconnects(metrics)],
    ['at once', atOnce(metrics)],
    ['losses', losses(metrics)],
    ['recovery', recovery(metrics)],
    ['peak', peak(metrics)],
    ['closes', [...closes('client', metrics), ...closes('server', metrics)]],
    ['event loop', eventLoop(metrics)],
  ];
}

function sessions(metrics: Metrics): string[] {
  const { sessions, given_up_sessions: givenUp, unrecovered_sessions: lost } = metrics;
  if (sessions === null) return [];
  const parts = [
    number(sessions),
    ...(givenUp ? [`${number(givenUp)} gave up`] : []),
    ...(lost ? [`${number(lost)} not connected at the end`] : []),
  ];
  return [parts.join(', ')];
}

function attempts(metrics: Metrics): string[] {
  const { attempts, welcomed, failed_attempts: failed, rejected_handshakes: rejected } = metrics;
  // Given up in mid-dial, as by a page that went.
  const open =
    attempts === null || welcomed === null || failed === null ? 0 : attempts - welcomed - failed;
  const parts = [
    welcomed !== null && `${number(welcomed)} welcomed`,
    failed !== null && `${number(failed)} failed`,
    rejected !== null && rejected > 0 && `${number(rejected)} rejected`,
    open > 0 && `${number(open)} without an outcome`,
  ].filter((part) => part !== false);
  if (parts.length === 0) return [];
  return [`${attempts === null ? '' : `${number(attempts)}: `}${parts.join(', ')}`];
}

const MAX_REASONS = 4;

/** `40 × ECONNREFUSED`, `27 × HTTP 503`. */
function failed(failures: readonly FailureReason[]): string[] {
  if (failures.length === 0) return [];
  const more = failures.length - MAX_REASONS;
  const parts = failures
    .slice(0, MAX_REASONS)
    .map(({ reason, attempts }) => cutTo(`${number(attempts)} × ${sanitize(reason)}`, WIDTH));
  if (more > 0) parts.push(`and for ${counted(more, 'other reason')}`);
  const line = parts.join(', ');
  return displayWidth(line) > WIDTH ? parts : [line];
}

function reconnects({
  reconnects,
  reconnects_max: most,
  flapping_sessions: flapping,
}: Metrics): string[] {
  if (reconnects === null) return [];
  const parts = [
    number(reconnects),
    ...(most ? [`at most ${number(most)} of one session`] : []),
    ...(flapping ? [`${counted(flapping, 'session flaps', 'sessions flap')}`] : []),
  ];
  return [parts.join(', ')];
}

function atOnce({
  peak_connections: peak,
  connections_of_session_max: ofSession,
}: Metrics): string[] {
  const parts = [
    ...(peak === null ? [] : [`at most ${counted(peak, 'connection')}`]),
    // One is what each session should have.
    ...(ofSession !== null && ofSession > 1 ? [`${number(ofSession)} of one session`] : []),
  ];
  return parts.length === 0 ? [] : [parts.join(', ')];
}

function losses({ losses, peak_sessions_down: down }: Metrics): string[] {
  if (losses === null) return [];
  const isKnown = losses > 0 && down !== null;
  return [
    `${number(losses)}${isKnown ? `, at most ${counted(down, 'session')} down at once` : ''}`,
  ];
}

function recovery(metrics: Metrics): string[] {
  if (metrics.recovery_max === null) return [];
  const names = ['recovery_p50', 'recovery_p95', 'recovery_p99', 'recovery_max'] as const;
  return [
    names
      .map((name) => `${name.replace('recovery_', '')} ${metricValue(name, metrics[name])}`)
      .join(' · '),
  ];
}

function peak(metrics: Metrics): string[] {
  const { peak_attempts_per_second: peak, attempts_over_time: overTime } = metrics;
  if (!peak) return [];
  const { bucket_seconds, counts } = overTime;
  return [
    `${counted(peak, 'attempt')} in one second`,
    sparkline(counts, SPARKLINE_WIDTH),
    `each bar ${seconds(bucket_seconds)}`,
  ];
}

function closes(side: 'client' | 'server', { close_codes }: Metrics): string[] {
  return Object.entries(close_codes[side]).map(
    ([code, count], index) =>
      `${(index === 0 ? side : '').padEnd(8)}${number(count)} × ${code} ${closeCodeMeaning(Number(code))}`,
  );
}

function eventLoop({ event_loop_delay_p99_by_process: delays }: Metrics): string[] {
  const parts = (['client', 'server'] as const).flatMap((process) => {
    const delay = delays[process];
    return delay === null ? [] : [`${process} ${metricValue('event_loop_delay_p99', delay)}`];
  });
  return parts.length === 0 ? [] : [`p99 delay ${parts.join(' · ')}`];
}
