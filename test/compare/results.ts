import { seriesOf } from '../../src/compare/index.ts';
import type { Series } from '../../src/model/comparison.ts';
import type { Metrics } from '../../src/model/metrics.ts';
import type { RunResult } from '../../src/model/result.ts';
import { METRICS, RUN } from '../report/results.ts';

/** A run with these metrics. */
export const run = (metrics: Partial<Metrics>, fields: Partial<RunResult> = {}): RunResult => ({
  ...RUN,
  ...fields,
  metrics: { ...METRICS, ...(metrics as Metrics) },
});

/** A series of runs that differ in one metric. */
export const runsOf = (metric: keyof Metrics, ...values: (number | null)[]): Series =>
  seriesOf(
    values.join(),
    values.map((value) => run({ [metric]: value })),
  );
