import { describe, expect, it } from 'vitest';
import { seriesOf } from '../../src/compare/index.ts';
import { repeatsJson, reportRepeats } from '../../src/report/repeats.ts';
import { run } from '../compare/results.ts';
import { BOUNDS, EVIL, findingOf } from './results.ts';

const [p95] = BOUNDS as [(typeof BOUNDS)[0]];
const SERIES = seriesOf('runs/deploy-repeats', [
  run({ recovery_p95: 1 }, { bounds: [p95] }),
  run({ recovery_p95: 4 }, { bounds: [p95] }),
  run(
    { recovery_p95: 5 },
    { verdict: 'fail', bounds: [{ ...p95, held: false }], findings: [findingOf('session-lost')] },
  ),
]);

describe('the report of repeats', () => {
  const text = reportRepeats(SERIES);

  it('has medians and spread', () => {
    const row = text.split('\n').find((line) => line.startsWith('recovery_p95 '));
    expect(row?.split(/ {2,}/)).toEqual(['recovery_p95', '4 s', '1 s', '5 s']);
  });

  it('says in how many runs bounds were held and findings were made', () => {
    expect(text).toContain('  ✖ recovery_p95 < 4 s: held in 2 of 3 runs\n');
    expect(text).toContain('  in 1 of 3 runs: 1 session did not come back.\n');
  });

  it('ends with the worst verdict, and how to compare them', () => {
    expect(text.split('\n').slice(-4)).toEqual([
      '✖ fail  refresh-storm, seed 42, 3 runs',
      '  runs        runs/deploy-repeats',
      '  compare     wsdiag compare runs/deploy-repeats OTHER',
      '',
    ]);
  });

  it('lets nothing from outside act on a terminal', () => {
    const evil = { ...SERIES, label: EVIL, name: EVIL };
    expect(reportRepeats(evil)).not.toMatch(/[^\n\P{Cc}]|\p{Cf}/u);
    expect(repeatsJson(evil, [EVIL])).not.toMatch(/[^\n\P{Cc}]|\p{Cf}/u);
  });

  it('is for programs too', () => {
    expect(JSON.parse(repeatsJson(SERIES, ['one', 'two', 'three']))).toMatchObject({
      repeats_version: 1,
      verdict: 'fail',
      runs: ['one', 'two', 'three'],
      metrics: { recovery_p95_seconds: { median: 4, min: 1, max: 5 } },
      bounds: [{ metric: 'recovery_p95', text: '< 4s', held: 2 }],
      causes: [{ codes: ['session-lost'], message: '1 session did not come back.', runs: 1 }],
    });
  });
});
