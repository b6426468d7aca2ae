import * as z from 'zod';
import type { BaselineOutcome, Series, SeriesComparison, Spread } from '../model/comparison.ts';
import { isMetric, isOfMachine, METRICS, type MetricName } from '../model/metrics.ts';
import { fieldOf, metricOf } from '../model/summary-metrics.ts';
import { type FileKind, loadYaml } from '../yaml/load.ts';
import { type Complaint, valueAt } from '../yaml/path.ts';
import { show } from '../yaml/printable.ts';
import type { Problem } from '../yaml/problem.ts';
import { suggest } from '../yaml/suggest.ts';
import { writeYaml } from '../yaml/write-yaml.ts';

/** What runs of a scenario came to, fit for a repository: no times, no paths, the same text for the same runs. */

const spread = z
  .strictObject({ median: z.number(), min: z.number(), max: z.number() })
  .refine(({ median, min, max }) => min <= median && median <= max);

const value = z.union([z.number(), spread], {
  error: 'a number, or a median between its min and max',
});

const entry = z.strictObject({
  seed: z.int().min(0).nullable(),
  plan_hash: z.string().nullable(),
  runs: z.int().min(1),
  metrics: z.record(z.string(), value),
});

const BASELINE_VERSION = 1;

const baseline = z.strictObject({
  baseline_version: z.literal(BASELINE_VERSION),
  scenarios: z.record(z.string(), entry),
});

type Entry = z.output<typeof entry>;

/** By scenario. */
export type Baseline = Map<string, Entry>;

const BASELINE: FileKind<z.output<typeof baseline>> = {
  schema: baseline,
  whole: 'a baseline',
  words: {
    name: 'baseline',
    least: '"baseline_version: 1" and "scenarios: {}"',
    levels: 'five levels',
    shorten: 'keep scenarios in several baselines',
  },
  rules: unknownMetrics,
};

/** Any percentile of recovery may be in it beside. */
const KNOWN = (Object.keys(METRICS) as MetricName[])
  .filter((metric) => !isOfMachine(metric))
  .map(fieldOf);

const isKnown = (field: string): boolean => {
  const metric = metricOf(field);
  return isMetric(metric) && !isOfMachine(metric) && fieldOf(metric) === field;
};

/** A metric's own name is taken for a slip. */
const withUnit = (field: string): string => (isMetric(field) ? fieldOf(field) : field);

function unknownMetrics(value: unknown): Complaint[] {
  const metricsOf = (name: string) => valueAt(value, ['scenarios', name, 'metrics']);
  return keysOf(valueAt(value, ['scenarios'])).flatMap((name) =>
    keysOf(metricsOf(name))
      .filter((field) => !isKnown(field))
      .map((field) => ({
        path: ['scenarios', name, 'metrics', field],
        part: 'key' as const,
        message: `unknown metric ${show(field)}; ${suggest(withUnit(field), KNOWN)}`,
      })),
  );
}

const keysOf = (value: unknown): string[] =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];

/** Reads a baseline's file; of one with mistakes, all of them. */
export function readBaseline(
  text: string,
  file: string,
): { baseline: Baseline } | { problems: Problem[] } {
  const loaded = loadYaml(BASELINE, text, file);
  return 'problems' in loaded
    ? loaded
    : { baseline: new Map(Object.entries(loaded.value.scenarios)) };
}

const HEADER =
  '# What runs came to, which wsdiag holds later ones against. Written by --baseline, renewed with -u.\n';

export const baselineText = (scenarios: Baseline): string =>
  HEADER + writeYaml({ baseline_version: BASELINE_VERSION, scenarios: sorted(scenarios) });

/** What a baseline keeps of a series: what was measured, and does not tell of the machine alone. */
export function entryOf({ seed, plan_hash, runs, metrics }: Series): Entry {
  const kept = (Object.entries(metrics) as [MetricName, Spread | null][]).flatMap(
    ([metric, spread]) =>
      spread === null || isOfMachine(metric)
        ? []
        : [[fieldOf(metric), shortened(spread)] as [string, Spread | number]],
  );
  return { seed, plan_hash, runs, metrics: sorted(kept) };
}

const shortened = ({ median, min, max }: Spread): number | Spread =>
  min === max ? median : { median, min, max };

const sorted = <T>(entries: Iterable<[string, T]>): Record<string, T> =>
  Object.fromEntries([...entries].sort(([one], [other]) => (one < other ? -1 : 1)));

/** The series that the entry was made of, as far as that has it. */
export function seriesOfEntry(label: string, name: string, entry: Entry): Series {
  const { seed, plan_hash, runs, metrics } = entry;
  const spreads = Object.entries(metrics).map(([field, value]) => [
    metricOf(field),
    typeof value === 'number' ? { median: value, min: value, max: value } : value,
  ]);
  return {
    label,
    name,
    seed,
    plan_hash,
    // No other is written.
    verdict: 'pass',
    runs,
    metrics: Object.fromEntries(spreads),
    close_codes: { client: null, server: null },
    bounds: [],
    causes: [],
    observations: null,
    attempts_over_time: [],
    settings: null,
  };
}

/** Judges a comparison with a baseline, which is the first of two series. */
export function judgeByBaseline({ metrics }: SeriesComparison): BaselineOutcome {
  const outcome: BaselineOutcome = { worse: [], other: [], unmeasured: [], lacking: [] };
  for (const { metric, values, changes } of metrics) {
    const [change] = changes;
    if (values[0] && !values[1]) outcome.unmeasured.push(metric);
    else if (!values[0] && !isOfMachine(metric)) outcome.lacking.push(metric);
    else if (change?.is_news) outcome[change.is_worse ? 'worse' : 'other'].push(metric);
  }
  return outcome;
}
