import { describe, expect, it } from 'vitest';
import { compareSeries, holdToLimits, limitOf, seriesOf } from '../../src/compare/index.ts';
import type { Series } from '../../src/model/comparison.ts';
import { reportComparison } from '../../src/report/comparison.ts';
import { comparisonJson } from '../../src/report/comparison-json.ts';
import { displayWidth } from '../../src/report/text-width.ts';
import { run, runsOf } from '../compare/results.ts';
import { BOUNDS, EVIL, findingOf, RUN } from './results.ts';

const FIXED = seriesOf('runs/fixed', [
  run({ peak_attempts_per_second: 180, recovery_p95: 0.5, failed_attempts: 0 }),
]);
const JITTER = seriesOf('runs/full-jitter', [
  run({ peak_attempts_per_second: 46, recovery_p95: 2.1, failed_attempts: 0 }),
]);

const report = (...series: Series[]) => reportComparison(compareSeries(series), []);

/** Cells of the row that begins with that label. */
const rowOf = (label: string, text: string) =>
  text
    .split('\n')
    .find((line) => line.startsWith(`${label}  `))
    ?.split(/ {2,}/);

describe('the report of a comparison', () => {
  it('begins with what a person would say', () => {
    expect(report(FIXED, JITTER)).toMatch(
      new RegExp(
        [
          '^A  runs/fixed',
          '   ✔ pass  refresh-storm, seed 42, 1 run',
          'B  runs/full-jitter',
          '   ✔ pass  refresh-storm, seed 42, 1 run',
          '',
          'The peak fell from 180 to 46 attempts a second \\(−74 %\\) and recovery p95 rose',
          'from 500 ms to 2.1 s \\(\\+320 %\\)\\.\n',
        ].join('\n'),
      ),
    );
  });

  it('has metrics side by side, with their differences', () => {
    const text = report(FIXED, JITTER);
    expect(rowOf('metric', text)).toEqual(['metric', 'A', 'B', 'change']);
    expect(rowOf('recovery_p95', text)).toEqual([
      'recovery_p95',
      '500 ms',
      '2.1 s',
      '+1.6 s (+320 %)',
    ]);
    expect(rowOf('losses', text)).toEqual(['losses', '205', '205', 'no difference']);
    const close = report(runsOf('recovery_p95', 1), runsOf('recovery_p95', 1.1));
    expect(rowOf('recovery_p95', close)?.at(-1)).toBe('within noise');
    expect(rowOf('event_loop_delay_p99', text)?.at(-1)).toBe('not compared');
  });

  it('says no difference beyond noise of runs that have none', () => {
    expect(report(FIXED, FIXED)).toContain('\nNo difference beyond noise.\n');
  });

  it('does not say so where findings came, or a side lacks a metric', () => {
    const was = seriesOf('a', [RUN]);
    const lost = seriesOf('b', [{ ...RUN, findings: [findingOf('session-lost')] }]);
    const text = '\nNo difference beyond noise in the metrics that both sides have.\n';
    expect(report(was, lost)).toContain(text);
    expect(report(was, seriesOf('b', [run({ recovery_p99: null })]))).toContain(text);
  });

  it('says not measured, and never a difference to it', () => {
    const text = report(runsOf('recovery_p95', 0.5), runsOf('recovery_p95', null));
    expect(rowOf('recovery_p95', text)).toEqual(['recovery_p95', '500 ms', 'not measured', '–']);
  });

  it('says how far repeats lie apart', () => {
    const text = report(runsOf('recovery_p95', 2, 2.1, 2.4), runsOf('recovery_p95', 2.2));
    expect(rowOf('recovery_p95', text)?.slice(1, 3)).toEqual(['2.1 s ±300 ms', '2.2 s']);
  });

  it('says a word of runs that were not the same', () => {
    const other = { ...JITTER, seed: 1, plan_hash: 'f' };
    expect(report(FIXED, other)).toContain('\nTheir seeds differ, so other sessions were hit');
    expect(report(FIXED, { ...other, name: 'x' })).toContain(
      '\nThese are runs of different scenarios',
    );
    expect(report(FIXED, { ...JITTER, plan_hash: 'f' })).toContain('\nTheir plans differ');
  });

  it('has bounds that changed their outcome, and findings and observations that came or went', () => {
    const [p95, losses] = BOUNDS as [(typeof BOUNDS)[0], (typeof BOUNDS)[0]];
    const was = seriesOf('a', [{ ...RUN, bounds: [p95, losses] }]);
    const is = seriesOf('b', [
      { ...RUN, bounds: [{ ...p95, held: false }, losses], findings: [findingOf('session-lost')] },
      { ...RUN, bounds: [p95, losses] },
    ]);
    const text = report(was, { ...is, observations: [{ name: 'lockstep', runs: 2 }] });
    expect(text).toContain('• recovery_p95 < 4 s: held in A and held in 1 of 2 runs in B\n');
    expect(text).not.toContain('losses < 100');
    expect(text).toContain('• in B (1 of 2 runs), not in A: 1 session did not come back.\n');
    expect(text).toContain('• in B, not in A: lockstep stands out\n');
  });

  it('has a close code that came', () => {
    const close_codes = { client: { 1012: 90 }, server: {} };
    const was = seriesOf('a', [run({ close_codes: { client: {}, server: {} } })]);
    const text = report(was, seriesOf('b', [run({ close_codes })]));
    expect(rowOf('client 1012 service restart', text)?.slice(1)).toEqual(['0', '90', '+90']);
  });

  it.each([80, 120])('fits %d columns, however many runs', (width) => {
    const several = Array.from({ length: 7 }, (_, index) =>
      runsOf('recovery_p95', index + 1, index + 1.2),
    );
    const comparison = compareSeries(several);
    const lines = reportComparison(comparison, [], { width }).split('\n');
    expect(lines.filter((line) => displayWidth(line) > width)).toEqual([]);
    const p95 = lines.filter((line) => line.startsWith('recovery_p95 '));
    expect(p95.join(' ').match(/\+\d+ %/g)).toHaveLength(6);
  });

  it('ends with what became of limits', () => {
    const limits = ['recovery_p95>+20%', 'losses>+0', 'recovery_p80>+1s'].map(limitOf);
    const comparison = compareSeries([FIXED, JITTER]);
    const text = reportComparison(comparison, holdToLimits(limits, comparison));
    expect(text.trimEnd().split('\n').slice(-3)).toEqual([
      '✖ recovery_p95>+20%: 500 ms in A, 2.1 s in B (+320 %)',
      '✔ losses>+0: 205 in A, 205 in B',
      '? recovery_p80>+1s: not measured in A, not measured in B',
    ]);
  });

  it('lets nothing from outside act on a terminal', () => {
    const evil = { ...FIXED, label: EVIL, name: EVIL };
    const comparison = compareSeries([evil, evil]);
    const text = reportComparison(comparison, []);
    expect(text).not.toMatch(/[^\n\P{Cc}]|\p{Cf}/u);
    expect(JSON.parse(comparisonJson(comparison, [])).series[0].label).toBe(EVIL);
    expect(comparisonJson(comparison, [])).not.toMatch(/[^\n\P{Cc}]|\p{Cf}/u);
  });
});

describe('a comparison as JSON', () => {
  it('has values, changes, outcomes and sentences, under names with their units', () => {
    const limits = [limitOf('losses>+0')];
    const comparison = compareSeries([FIXED, JITTER]);
    expect(JSON.parse(comparisonJson(comparison, holdToLimits(limits, comparison)))).toMatchObject({
      comparison_version: 1,
      series: [
        { label: 'runs/fixed', seed: 42, runs: 1, verdict: 'pass' },
        { label: 'runs/full-jitter' },
      ],
      headlines: [expect.stringMatching(/^The peak fell/)],
      metrics: {
        recovery_p95_seconds: {
          values: [{ median: 0.5, min: 0.5, max: 0.5 }, { median: 2.1 }],
          changes: [{ difference: 1.6, share: 3.2, is_news: true, is_worse: true }],
        },
      },
      limits: [{ limit: 'losses>+0', series: 1, held: true }],
    });
  });
});

it('shows text of hostile summaries as text', () => {
  const [bound] = BOUNDS;
  const close_codes = { client: { [EVIL]: 5 }, server: {} };
  const hostile = (held: boolean) =>
    seriesOf(EVIL, [
      run(held ? {} : { close_codes }, {
        name: EVIL,
        bounds: [{ ...bound, metric: EVIL as 'losses', text: EVIL, held } as (typeof BOUNDS)[0]],
      }),
    ]);
  const text = report(hostile(true), hostile(false));
  expect(text).toMatch(/held in A/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e\u2066]/);
});
