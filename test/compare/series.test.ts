import { describe, expect, it } from 'vitest';
import { seriesOf } from '../../src/compare/index.ts';
import type { Cause } from '../../src/model/causes.ts';
import type { Observation } from '../../src/model/observations.ts';
import { BOUNDS, findingOf, RUN } from '../report/results.ts';
import { run, runsOf } from './results.ts';

const CAUSE: Cause = {
  codes: ['sequence-duplicated', 'sequence-not-increasing'],
  sessions: 5,
  findings: 10,
  told_by: null,
  began_again: true,
  misnumbered: false,
  after: { event: 'reload', fault: 'refresh' },
  examples: [findingOf('sequence-duplicated')],
};

describe('a series of runs', () => {
  it('has medians, and where the least and the most lie', () => {
    const { metrics, runs } = runsOf('losses', 9, 5, 7);
    expect(metrics.losses).toEqual({ median: 7, min: 5, max: 9 });
    expect(runs).toBe(3);
    expect(runsOf('losses', 5, 8).metrics.losses).toEqual({ median: 6.5, min: 5, max: 8 });
  });

  it('has not measured what one of its runs did not, and never takes that for 0', () => {
    expect(runsOf('recovery_p95', 1, null).metrics.recovery_p95).toBeNull();
    expect(seriesOf('a', [run({ recovery_p90: 2 }), RUN]).metrics.recovery_p90).toBeNull();
  });

  it('has the worst verdict', () => {
    const verdictOf = (...verdicts: ('pass' | 'unknown' | 'fail')[]) =>
      seriesOf(
        'a',
        verdicts.map((verdict) => ({ ...RUN, verdict })),
      ).verdict;
    expect(verdictOf('pass', 'fail', 'unknown')).toBe('fail');
    expect(verdictOf('pass', 'unknown')).toBe('unknown');
    expect(verdictOf('pass', 'pass')).toBe('pass');
  });

  it('counts the runs that held a bound, had a cause, or showed what stands out', () => {
    const [p95, losses] = BOUNDS as [(typeof BOUNDS)[0], (typeof BOUNDS)[0]];
    const ghosts: Observation = {
      name: 'ghosts',
      told_by: 'server',
      session_id: null,
      details: { sessions: 1, at_once: 2 },
      evidence: [],
    };
    const series = seriesOf('a', [
      { ...RUN, bounds: [p95, losses], causes: [CAUSE], observations: [ghosts] },
      { ...RUN, bounds: [{ ...p95, held: false }, losses] },
      { ...RUN, bounds: [p95, losses], causes: [{ ...CAUSE, after: { event: 'reload' } }] },
    ]);
    expect(series.bounds).toEqual([
      { metric: 'recovery_p95', text: '< 4s', held: 2 },
      { metric: 'losses', text: '<100', held: 0 },
    ]);
    expect(series.causes).toEqual([{ cause: { ...CAUSE, examples: [] }, runs: 2 }]);
    expect(series.observations).toEqual([{ name: 'ghosts', runs: 1 }]);
  });

  it('takes causes apart that other things led to', () => {
    const others = [{ event: 'close' }, { event: 'reload', fault: 'drop' }] as const;
    const { causes } = seriesOf('a', [
      { ...RUN, causes: [CAUSE] },
      ...others.map((after) => ({ ...RUN, causes: [{ ...CAUSE, after }] })),
    ]);
    expect(causes.map(({ runs }) => runs)).toEqual([1, 1, 1]);
  });

  it('takes failing findings without a cause for one by their code, and leaves bounds to the bounds', () => {
    const findings = [
      findingOf('session-lost'),
      findingOf('session-lost', {}, 13),
      findingOf('threshold-crossed'),
      findingOf('observation-unexpected'),
      findingOf('close-missing'),
    ];
    const expected_findings = [{ code: 'close-missing', occurred: true } as const];
    const { causes } = seriesOf('a', [{ ...RUN, findings, expected_findings }]);
    expect(causes).toMatchObject([{ cause: { codes: ['session-lost'], findings: 2 }, runs: 1 }]);
  });

  it('knows of no close codes without their log, and of none where the log has none', () => {
    const close_codes = { client: {}, server: { 1006: 3 } };
    const both = run({ close_codes });
    const { close_codes: codes } = seriesOf('a', [
      both,
      run({ close_codes: { client: {}, server: {} } }),
    ]);
    expect(codes).toEqual({ client: {}, server: { 1006: { median: 1.5, min: 0, max: 3 } } });
    const without = run({ close_codes, unrecovered_sessions: null, rejected_handshakes: null });
    expect(seriesOf('a', [both, without]).close_codes).toEqual({ client: null, server: null });
  });
});
