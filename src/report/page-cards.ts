import type { MetricName, Metrics } from '../model/metrics.ts';
import { metricValue } from './bounds.ts';
import { counted, number } from './format.ts';
import type { PageCard } from './page-data.ts';

/** What was measured: a number each, under its name; what was not has none. */
export function cards(metrics: Metrics): PageCard[] {
  return [
    card(metrics, 'sessions', 'Sessions', [
      some(metrics.given_up_sessions, 'gave up'),
      some(metrics.unrecovered_sessions, 'not connected at the end'),
    ]),
    card(metrics, metrics.attempts === null ? 'welcomed' : 'attempts', attemptsName(metrics), [
      metrics.attempts !== null && some(metrics.welcomed, 'welcomed'),
      some(metrics.failed_attempts, 'failed'),
      some(metrics.rejected_handshakes, 'rejected'),
    ]),
    card(metrics, 'losses', 'Losses', [
      !!metrics.losses &&
        !!metrics.peak_sessions_down &&
        `at most ${counted(metrics.peak_sessions_down, 'session')} down at once`,
    ]),
    card(metrics, 'recovery_p95', 'Recovery, p95', recoveries(metrics)),
    card(metrics, 'peak_attempts_per_second', 'Peak attempts', [], 'in one second'),
    card(metrics, 'reconnects', 'Reconnects', [
      !!metrics.reconnects_max && `at most ${number(metrics.reconnects_max)} of one session`,
      !!metrics.flapping_sessions &&
        counted(metrics.flapping_sessions, 'session flaps', 'sessions flap'),
    ]),
    card(metrics, 'peak_connections', 'Connections at once', [
      // One is what each session should have.
      (metrics.connections_of_session_max ?? 0) > 1 &&
        `${number(metrics.connections_of_session_max ?? 0)} of one session`,
    ]),
    card(metrics, 'event_loop_delay_p99', 'Event loop delay, p99', eventLoops(metrics)),
  ].flat();
}

type Note = string | false;

function card(
  metrics: Metrics,
  metric: MetricName,
  name: string,
  notes: Note[],
  unit = '',
): PageCard[] {
  const measured = metrics[metric] ?? null;
  if (measured === null) return [];
  const text = metricValue(metric, measured);
  const [, value = text, itsUnit = unit] = /^([\d.,]+) (\D+)$/.exec(text) ?? [];
  return [{ name, value, unit: itsUnit, note: notes.filter((note) => note !== false).join(' · ') }];
}

const some = (count: number | null, what: string): Note =>
  count !== null && count > 0 && `${number(count)} ${what}`;

const attemptsName = ({ attempts }: Metrics): string =>
  attempts === null ? 'Welcomed' : 'Attempts';

const recoveries = (metrics: Metrics): Note[] =>
  (['recovery_p50', 'recovery_p99', 'recovery_max'] as const).map(
    (name) => `${name.replace('recovery_', '')} ${metricValue(name, metrics[name])}`,
  );

const eventLoops = ({ event_loop_delay_p99_by_process: delays }: Metrics): Note[] =>
  (['client', 'server'] as const).map((process) => {
    const delay = delays[process];
    return delay !== null && `${process} ${metricValue('event_loop_delay_p99', delay)}`;
  });
