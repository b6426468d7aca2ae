import { describe, expect, it } from 'vitest';
import {
  baselineText,
  entryOf,
  judgeByBaseline,
  readBaseline,
  seriesOfEntry,
} from '../../src/compare/baseline.ts';
import { compareSeries, seriesOf } from '../../src/compare/index.ts';
import type { Metrics } from '../../src/model/metrics.ts';
import { RUN } from '../report/results.ts';
import { run, runsOf } from './results.ts';

const SERIES = seriesOf('/somewhere/else', [
  run({ recovery_p95: 2, recovery_p50: null, recovery_p90: 1.5 }),
  run({ recovery_p95: 3, recovery_p50: null, recovery_p90: 1.5 }),
]);

const withMetric = (name: string) =>
  `baseline_version: 1\nscenarios:\n  a: { seed: null, plan_hash: null, runs: 1, metrics: { ${name}: 1 } }\n`;

describe('a baseline', () => {
  it('is a file without times, paths and what tells of the machine, in a fixed order', () => {
    const text = baselineText(
      new Map([
        ['refresh-storm', entryOf(SERIES)],
        ['a', entryOf(SERIES)],
      ]),
    );
    expect(text).toMatch(/^# .*\nbaseline_version: 1\nscenarios:\n {2}a:\n/);
    expect(text).toContain(
      '    recovery_p95_seconds:\n        median: 2.5\n        min: 2\n        max: 3\n',
    );
    expect(text).toContain('      recovery_p90_seconds: 1.5\n');
    expect(text).not.toMatch(/somewhere|2026|event_loop|recovery_p50/);
    const [, ofOne = ''] = text.split(/^ {2}[\w-]+:$/m);
    const names = [...ofOne.matchAll(/^ {6}(\w+):/gm)].map(([, name]) => name);
    expect(names).toContain('recovery_p95_seconds');
    expect(names).toEqual([...names].sort());
  });

  it('is read as it was written', () => {
    const baseline = new Map([['refresh-storm', entryOf(SERIES)]]);
    expect(readBaseline(baselineText(baseline), 'b.yaml')).toEqual({ baseline });
  });

  it('stands for the runs that it was made of', () => {
    const again = seriesOfEntry('b.yaml', RUN.name, entryOf(SERIES));
    expect(again).toMatchObject({ seed: 42, plan_hash: RUN.plan_hash, runs: 2 });
    const { recovery_p50, event_loop_delay_p99, ...kept } = SERIES.metrics;
    expect(again.metrics).toEqual(kept);
    const { worse, other, unmeasured } = judgeByBaseline(compareSeries([again, SERIES]));
    expect([worse, other, unmeasured]).toEqual([[], [], []]);
  });

  it.each([
    ['baseline_version: 2\nscenarios: {}\n', 'b.yaml:1:19', '"baseline_version"'],
    ['baseline_version: 1\nscenarios:\n  a: { seed: 1 }\n', 'b.yaml:3', 'scenarios.a'],
    ['baseline_version: 1\nscenarios: [\n', 'b.yaml:2:12', 'never closed'],
    [withMetric('losess'), 'b.yaml:3:57', 'unknown metric "losess"; did you mean "losses"?'],
    [withMetric('recovery_p95'), 'b.yaml:3:57', 'did you mean "recovery_p95_seconds"?'],
    [withMetric('event_loop_delay_p99_ms'), 'b.yaml:3:57', 'unknown metric'],
  ])('tells its mistakes with their place: %j', (text, place, about) => {
    const read = readBaseline(text, 'b.yaml');
    if (!('problems' in read)) throw new Error('it was read');
    const [{ file, line, column, path, message }] = read.problems as [(typeof read.problems)[0]];
    expect(`${file}:${line}:${column}`).toContain(place);
    expect(`${path} ${message}`).toContain(about);
  });
});

describe('runs that are held against a baseline', () => {
  const judged = (metric: keyof Metrics, was: number | null, is: number | null) =>
    judgeByBaseline(compareSeries([runsOf(metric, was), runsOf(metric, is)]));

  it('are worse by more than noise, or better, or different', () => {
    expect(judged('recovery_p95', 1, 2)).toMatchObject({ worse: ['recovery_p95'], other: [] });
    expect(judged('recovery_p95', 2, 1)).toMatchObject({ worse: [], other: ['recovery_p95'] });
    expect(judged('sessions', 2, 1)).toMatchObject({ worse: [], other: ['sessions'] });
    expect(judged('recovery_p95', 1, 1.1)).toMatchObject({ worse: [], other: [] });
  });

  it('can not be told of where a metric is measured no more', () => {
    expect(judged('recovery_p95', 1, null).unmeasured).toEqual(['recovery_p95']);
    expect(judged('recovery_p95', null, 1).unmeasured).toEqual([]);
  });

  it('tell of metrics that the baseline has not', () => {
    expect(judged('recovery_p95', null, 1).lacking).toEqual(['recovery_p95']);
    expect(judged('event_loop_delay_p99', null, 1).lacking).toEqual([]);
    expect(judged('recovery_p95', 1, null).lacking).toEqual([]);
  });
});
