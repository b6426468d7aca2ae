import { describe, expect, it } from 'vitest';
import { compareSeries, seriesOf } from '../../src/compare/index.ts';
import type { Metrics } from '../../src/model/metrics.ts';
import { BOUNDS, findingOf, RUN } from '../report/results.ts';
import { run, runsOf } from './results.ts';

type Values = (number | null)[];

function changeOf(metric: keyof Metrics, was: Values, is: Values) {
  const compared = compareSeries([runsOf(metric, ...was), runsOf(metric, ...is)]);
  return compared.metrics.find((row) => row.metric === metric)?.changes[0];
}

const isNews = (metric: keyof Metrics, was: Values, is: Values) =>
  changeOf(metric, was, is)?.is_news;

describe('what one series differs in from another', () => {
  it('is told by medians, absolutely and as a share, and whether it is worse', () => {
    expect(changeOf('recovery_p95', [0.5], [2.1])).toEqual({
      difference: 1.6,
      share: 3.2,
      is_news: true,
      is_worse: true,
    });
    expect(changeOf('peak_attempts_per_second', [180], [46])).toMatchObject({
      difference: -134,
      is_worse: false,
    });
    expect(changeOf('welcomed', [100], [400])).toMatchObject({ is_news: true, is_worse: false });
    expect(changeOf('failed_attempts', [0], [50])).toMatchObject({ difference: 50, share: null });
  });

  it('is nothing where one side did not measure it', () => {
    expect(changeOf('recovery_p95', [null], [2.1])).toBeNull();
    expect(changeOf('recovery_p95', [0.5], [null])).toBeNull();
    expect(changeOf('recovery_p95', [null], [null])).toBeUndefined();
  });

  it.each<[keyof Metrics, number, number, boolean]>([
    ['recovery_p50', 0.1, 0.149, false],
    ['recovery_p50', 0.1, 0.16, true],
    ['recovery_p95', 4, 4.6, false],
    ['recovery_p95', 4, 5, true],
    ['attempts', 400, 439, false],
    ['attempts', 400, 450, true],
    ['peak_attempts_per_second', 200, 120, true],
    ['unrecovered_sessions', 0, 1, true],
    ['sessions', 200, 199, true],
    ['event_loop_delay_p99', 3, 300, false],
  ])(
    'is news in single runs where it is more than the yardstick: %s from %d to %d: %s',
    (metric, was, is, expected) => {
      expect(isNews(metric, [was], [is])).toBe(expected);
      expect(isNews(metric, [is], [was])).toBe(expected);
    },
  );

  it('is no news within the spread of repeats, of either side', () => {
    expect(isNews('recovery_p95', [2, 3, 4], [4.5])).toBe(false);
    expect(isNews('recovery_p95', [2.9], [2, 4.5, 5])).toBe(false);
    expect(isNews('recovery_p95', [2, 3, 4], [5.1])).toBe(true);
  });

  it('is told by the spread alone where both sides have three runs', () => {
    expect(isNews('recovery_p95', [4, 4.01, 4.02], [4.1, 4.1, 4.11])).toBe(true);
    expect(isNews('recovery_p95', [4, 4.01], [4.1, 4.1, 4.11])).toBe(false);
    expect(isNews('attempts', [400, 401, 402], [410, 410, 411])).toBe(true);
    expect(isNews('attempts', [400, 400, 400], [401, 401, 401])).toBe(false);
  });

  it('is news where no run of one side came near any of the other’s, however they are spread', () => {
    expect(isNews('recovery_p95', [1, 1.01, 1.02], [2, 3, 9])).toBe(true);
    expect(isNews('recovery_p95', [1, 1.01, 2.5], [2, 3, 9])).toBe(false);
    expect(isNews('given_up_sessions', [0, 0, 0], [5, 40, 60])).toBe(true);
  });
});

describe('a comparison', () => {
  it('finds no difference between a run and itself', () => {
    const series = seriesOf('a', [RUN]);
    const { metrics, close_codes, differs } = compareSeries([series, series]);
    expect([...metrics, ...close_codes].some(({ changes }) => changes[0]?.is_news)).toBe(false);
    expect(differs).toEqual([]);
  });

  it('tells what the runs were not the same in, as far as that is known', () => {
    const differs = (fields: object) =>
      compareSeries([seriesOf('a', [RUN]), seriesOf('b', [{ ...RUN, ...fields }])]).differs;
    expect(differs({ name: 'other' })).toEqual(['name']);
    expect(differs({ seed: 1, plan_hash: 'f' })).toEqual(['seed', 'plan_hash']);
    expect(differs({ plan_hash: null })).toEqual([]);
    expect(differs({ name: 'server.log', seed: null, plan_hash: null })).toEqual([]);
  });

  it('has the outcome of each bound in each series; null: it was not set', () => {
    const [p95] = BOUNDS as [(typeof BOUNDS)[0]];
    const { bounds } = compareSeries([
      seriesOf('a', [{ ...RUN, bounds: [p95] }]),
      seriesOf('b', [{ ...RUN, bounds: [{ ...p95, held: false }] }]),
      seriesOf('c', [RUN]),
    ]);
    expect(bounds).toEqual([{ metric: 'recovery_p95', text: '< 4s', held: [1, 0, null] }]);
  });

  it('has findings by cause that came and went', () => {
    const lost = { ...RUN, findings: [findingOf('session-lost')] };
    const { causes } = compareSeries([
      seriesOf('a', [lost, RUN]),
      seriesOf('b', [{ ...RUN, findings: [findingOf('close-missing')] }]),
    ]);
    expect(causes.map(({ cause, runs }) => [cause.codes, runs])).toEqual([
      [['session-lost'], [1, 0]],
      [['close-missing'], [0, 1]],
    ]);
  });

  it('has close codes, 0 where a log has none of one, and nothing where there is no log', () => {
    const { close_codes } = compareSeries([
      seriesOf('a', [run({ close_codes: { client: { 1006: 9 }, server: {} } })]),
      seriesOf('b', [run({ close_codes: { client: { 1012: 9 }, server: { 1001: 2 } } })]),
      seriesOf('c', [run({ close_codes: { client: {}, server: {} }, unrecovered_sessions: null })]),
    ]);
    const told = close_codes.map(({ log, code, values }) => [
      log,
      code,
      ...values.map((value) => value?.median),
    ]);
    expect(told).toEqual([
      ['client', '1006', 9, 0, undefined],
      ['client', '1012', 0, 9, undefined],
      ['server', '1001', 0, 2, 0],
    ]);
  });
});
