import { describe, expect, it } from 'vitest';
import { compareSeries, holdToLimits, limitOf } from '../../src/compare/index.ts';
import type { Metrics } from '../../src/model/metrics.ts';
import { UsageError } from '../../src/model/user-error.ts';
import { runsOf } from './results.ts';

function isHeld(text: string, metric: keyof Metrics, was: number | null, is: number | null) {
  const comparison = compareSeries([runsOf(metric, was), runsOf(metric, is)]);
  return holdToLimits([limitOf(text)], comparison)[0]?.held;
}

describe('a limit of changes', () => {
  it.each<[string, keyof Metrics, number, number, boolean]>([
    ['recovery_p95>+20%', 'recovery_p95', 1, 1.2, true],
    ['recovery_p95>+20%', 'recovery_p95', 1, 1.21, false],
    ['recovery_p95 > +20%', 'recovery_p95', 1, 0.1, true],
    ['recovery_p95>+500ms', 'recovery_p95', 1, 1.5, true],
    ['recovery_p95>+0.5s', 'recovery_p95', 1, 1.501, false],
    ['event_loop_delay_p99>+0.1s', 'event_loop_delay_p99', 1, 102, false],
    ['recovery_p95 > + 500 ms', 'recovery_p95', 1, 1.51, false],
    ['recovery_p95 > +20 %', 'recovery_p95', 1, 1.2, true],
    ['losses>+0', 'losses', 3, 3, true],
    ['losses>+0', 'losses', 3, 4, false],
    ['losses>+50%', 'losses', 0, 0, true],
    ['losses>+50%', 'losses', 0, 1, false],
    ['welcomed<-5%', 'welcomed', 100, 95, true],
    ['welcomed<-5%', 'welcomed', 100, 94, false],
    ['attempts>+0.7%', 'attempts', 1000, 1007, true],
    ['attempts>+0.7%', 'attempts', 1000, 1008, false],
    ['welcomed < -1', 'welcomed', 100, 300, true],
  ])('%s, of %s from %d to %d: %s', (text, metric, was, is, expected) => {
    expect(isHeld(text, metric, was, is)).toBe(expected);
  });

  it('is not known to hold where a side was not measured', () => {
    expect(isHeld('recovery_p95>+20%', 'recovery_p95', null, 1)).toBeNull();
    expect(isHeld('recovery_p95>+20%', 'recovery_p95', 1, null)).toBeNull();
    expect(isHeld('recovery_p80>+20%', 'recovery_p95', 1, 1)).toBeNull();
  });

  it('holds each series against the first', () => {
    const series = [3, 3, 9, 2].map((losses) => runsOf('losses', losses));
    const outcomes = holdToLimits([limitOf('losses>+1')], compareSeries(series));
    expect(outcomes.map(({ series, held }) => [series, held])).toEqual([
      [1, true],
      [2, false],
      [3, true],
    ]);
  });

  it.each([
    ['', 'At character 1 of "", expected the name of a metric'],
    [
      'recovery>+20%',
      'At character 1 of "recovery>+20%", expected a metric, and there is no "recovery"',
    ],
    ['losses', 'At character 7 of "losses", expected ">+" or "<-"'],
    ['losses=+1', 'At character 7 of "losses=+1", expected ">+" or "<-"'],
    ['losses>20%', 'At character 8 of "losses>20%", expected "+", as in ">+20%"'],
    ['losses>-1', 'At character 8 of "losses>-1", expected "+", as in ">+20%"'],
    ['losses <+1', 'At character 9 of "losses <+1", expected "-", as in "<-20%"'],
    ['losses>+1.5', 'At character 9 of "losses>+1.5", expected a count or a percentage'],
    ['losses>+1s', 'At character 9 of "losses>+1s", expected a count or a percentage'],
    [
      'recovery_p95>+5',
      'At character 15 of "recovery_p95>+5", expected a duration or a percentage',
    ],
    ['recovery_p95>+', 'At character 15 of "recovery_p95>+", expected a duration or a percentage'],
    ['losses>+1 2', 'At character 9 of "losses>+1 2", expected a count or a percentage'],
  ])('tells where it is wrong: %s', (text, message) => {
    expect(() => limitOf(text)).toThrow(UsageError);
    expect(() => limitOf(text)).toThrow(message);
  });
});
