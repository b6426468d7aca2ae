import { describe, expect, it } from 'vitest';
import { describe as described } from '../../src/cli/live-line.ts';
import type { Progress } from '../../src/simulate/index.ts';

const progress: Progress = {
  phase: 'running',
  elapsedMs: 5200,
  totalMs: 6000,
  tabs: 200,
  connected: 133,
  attempts: 530,
  losses: 1,
  attemptsPerSecond: 83,
  peakAttemptsPerSecond: 238,
};
const huge: Progress = {
  phase: 'settling',
  elapsedMs: 3_600_000,
  totalMs: 3_600_000,
  tabs: 100_000,
  connected: 100_000,
  attempts: 12_345_678,
  losses: 1_234_567,
  attemptsPerSecond: 54_321,
  peakAttemptsPerSecond: 65_432,
};

describe('the line of a run that goes on', () => {
  it('has all there is where there is room', () => {
    expect(described('deploy', progress)).toBe(
      'deploy 5.2/6.0 s · 133/200 connected · 1 loss · 530 attempts · 83/s now · 238/s peak',
    );
  });

  it.each([
    ['deploy', progress, 'deploy 5.2/6.0 s · 133/200 connected · 1 loss · 530 attempts · 83/s now'],
    [
      'deploy',
      huge,
      'deploy settling 3600.0/3600.0 s · 100000/100000 connected · 1,234,567 losses',
    ],
    [
      'rolling-deploy-of-everything',
      huge,
      /^rolling-deploy-of-everything settling 3600\.0\/3600\.0 s$/,
    ],
  ])('of %s leaves out the last of it at 80 columns', (name, shown, line) => {
    expect(described(name, shown, 77)).toMatch(line);
    expect(described(name, shown, 77).length).toBeLessThanOrEqual(80);
  });
});
