import type {
  Compared,
  ComparedCloses,
  ComparedMetric,
  Series,
  SeriesComparison,
  Spread,
  ValueChange,
} from '../model/comparison.ts';
import { isOfMachine, type MetricName } from '../model/metrics.ts';
import { type Noisy, noiseOfCount, noiseOfMetric } from './noise.ts';
import { isSameCause } from './same-cause.ts';
import { settingsOf } from './settings.ts';

/** More of these is neither better nor worse. */
const NEITHER: ReadonlySet<MetricName> = new Set([
  'sessions',
  'welcomed',
  'peak_connections',
  'sequence_max',
]);

/** Holds all series against the first. */
export function compareSeries(series: readonly Series[]): SeriesComparison {
  return {
    series: [...series],
    differs: differs(series),
    settings: settingsOf(series),
    metrics: metricsOf(series),
    close_codes: [...closesOf('client', series), ...closesOf('server', series)],
    bounds: boundsOf(series),
    causes: causesOf(series),
    observations: observationsOf(series),
  };
}

/** What is not known, as of logs without a scenario, differs from nothing. */
function differs(series: readonly Series[]): SeriesComparison['differs'] {
  const runs = series.filter(({ seed }) => seed !== null);
  return (['name', 'seed', 'plan_hash'] as const).filter((part) => {
    const known = runs.map((one) => one[part]).filter((value) => value !== null);
    return new Set(known).size > 1;
  });
}

function metricsOf(series: readonly Series[]): ComparedMetric[] {
  const names = new Set(series.flatMap(({ metrics }) => Object.keys(metrics) as MetricName[]));
  return [...names]
    .map((metric) => ({
      metric,
      ...compared(
        series,
        series.map(({ metrics }) => metrics[metric] ?? null),
        (one, other) => noiseOfMetric(metric, one, other),
        !NEITHER.has(metric) && !isOfMachine(metric),
      ),
    }))
    .filter(isMeasured);
}

function closesOf(log: 'client' | 'server', series: readonly Series[]): ComparedCloses[] {
  const codes = new Set(series.flatMap(({ close_codes }) => Object.keys(close_codes[log] ?? {})));
  const none: Spread = { median: 0, min: 0, max: 0 };
  return [...codes].sort().map((code) => ({
    log,
    code,
    ...compared(
      series,
      series.map(({ close_codes }) => close_codes[log] && (close_codes[log][code] ?? none)),
      noiseOfCount,
      false,
    ),
  }));
}

const isMeasured = ({ values }: Compared): boolean => values.some((value) => value !== null);

function compared(
  series: readonly Series[],
  values: (Spread | null)[],
  noise: (one: Noisy, other: Noisy) => number,
  lessIsBetter: boolean,
): Compared {
  const noisy = values.map((value, index) => value && { value, runs: series[index]?.runs ?? 1 });
  const [first = null, ...others] = noisy;
  return {
    values,
    changes: others.map((other) => {
      if (first === null || other === null) return null;
      const change = changeOf(first.value.median, other.value.median, noise(first, other));
      return { ...change, is_worse: lessIsBetter && change.difference > 0 };
    }),
  };
}

function changeOf(was: number, is: number, noise: number): Omit<ValueChange, 'is_worse'> {
  // 0.1 + 0.2 is not to be seen in what a program prints.
  const difference = Number((is - was).toFixed(6));
  return {
    difference,
    share: was === 0 ? null : Number((difference / was).toFixed(6)),
    is_news: Math.abs(difference) > noise,
  };
}

function boundsOf(series: readonly Series[]): SeriesComparison['bounds'] {
  const all = new Map(
    series
      .flatMap(({ bounds }) => bounds)
      .map(({ metric, text }) => [`${metric} ${text}`, { metric, text }]),
  );
  return [...all.values()].map(({ metric, text }) => ({
    metric,
    text,
    held: series.map(
      ({ bounds }) =>
        bounds.find((bound) => bound.metric === metric && bound.text === text)?.held ?? null,
    ),
  }));
}

function causesOf(series: readonly Series[]): SeriesComparison['causes'] {
  const causes: SeriesComparison['causes'] = [];
  for (const { cause } of series.flatMap(({ causes }) => causes)) {
    if (causes.some((known) => isSameCause(known.cause, cause))) continue;
    const runs = series.map(({ causes }) =>
      Math.max(0, ...causes.filter((one) => isSameCause(one.cause, cause)).map(({ runs }) => runs)),
    );
    causes.push({ cause, runs });
  }
  return causes;
}

function observationsOf(series: readonly Series[]): SeriesComparison['observations'] {
  const all = series.flatMap(({ observations }) => observations ?? []);
  return [...new Set(all.map(({ name }) => name))].map((name) => ({
    name,
    runs: series.map(
      ({ observations }) =>
        observations && (observations.find((one) => one.name === name)?.runs ?? 0),
    ),
  }));
}
