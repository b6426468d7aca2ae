import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Backoff } from '../../src/core/backoff.ts';
import { randomFor } from '../../src/core/random.ts';
import { BACKOFF_POLICIES, type BackoffSettings } from '../../src/core/settings.ts';

const LOWEST = 0;
const HIGHEST = 1 - 2 ** -32;

/** The first `count` waits of a client that only fails. */
function waits(policy: BackoffSettings['policy'], count: number, random: () => number) {
  const backoff = new Backoff({ policy, baseMs: 100, maxMs: 1000 }, random);
  return Array.from({ length: count }, () => backoff.next());
}
const shortest = (policy: BackoffSettings['policy'], count = 6) =>
  waits(policy, count, () => LOWEST);
const longest = (policy: BackoffSettings['policy'], count = 6) =>
  waits(policy, count, () => HIGHEST).map(Math.round);

describe('backoff', () => {
  it('waits for nothing with none', () => {
    expect(longest('none')).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('waits for the base with fixed', () => {
    expect(shortest('fixed')).toEqual([100, 100, 100, 100, 100, 100]);
    expect(longest('fixed')).toEqual([100, 100, 100, 100, 100, 100]);
  });

  it('waits for min(cap, base·2^n) with exponential', () => {
    expect(shortest('exponential')).toEqual([100, 200, 400, 800, 1000, 1000]);
    expect(longest('exponential')).toEqual([100, 200, 400, 800, 1000, 1000]);
  });

  it('waits for U(0, min(cap, base·2^n)) with full jitter', () => {
    expect(shortest('full-jitter')).toEqual([0, 0, 0, 0, 0, 0]);
    expect(longest('full-jitter')).toEqual([100, 200, 400, 800, 1000, 1000]);
  });

  it('waits for v/2 + U(0, v/2) with equal jitter', () => {
    expect(shortest('equal-jitter')).toEqual([50, 100, 200, 400, 500, 500]);
    expect(longest('equal-jitter')).toEqual([100, 200, 400, 800, 1000, 1000]);
  });

  it('waits for min(cap, U(base, 3·last)) with decorrelated jitter, from last = base', () => {
    expect(shortest('decorrelated-jitter')).toEqual([100, 100, 100, 100, 100, 100]);
    expect(longest('decorrelated-jitter')).toEqual([300, 900, 1000, 1000, 1000, 1000]);
  });

  it('waits for U(base, cap) with uniform, whatever came before', () => {
    expect(shortest('uniform')).toEqual([100, 100, 100, 100, 100, 100]);
    expect(longest('uniform')).toEqual([1000, 1000, 1000, 1000, 1000, 1000]);
  });

  it('starts from the base again after a reset, also where a wait builds on the last', () => {
    for (const policy of BACKOFF_POLICIES) {
      const backoff = new Backoff({ policy, baseMs: 100, maxMs: 1000 }, () => HIGHEST);
      const first = backoff.next();
      backoff.next();
      backoff.reset();
      expect(backoff.failures).toBe(0);
      expect(backoff.next()).toBe(first);
      expect(backoff.failures).toBe(1);
    }
  });

  it('spreads full jitter over the whole span', () => {
    const random = randomFor(1, 'test');
    const first = Array.from({ length: 1000 }, () => waits('full-jitter', 1, random)[0] as number);
    expect(first.filter((ms) => ms < 25).length).toBeGreaterThan(200);
    expect(first.filter((ms) => ms > 75).length).toBeGreaterThan(200);
  });

  it('stays a number between 0 and the cap through 2000 failures', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...BACKOFF_POLICIES),
        fc.integer({ min: 0, max: 120_000 }),
        fc.integer({ min: 0, max: 3_600_000 }),
        fc.integer(),
        (policy, baseMs, maxMs, seed) => {
          const backoff = new Backoff({ policy, baseMs, maxMs }, randomFor(seed, 'test'));
          for (let failure = 0; failure < 2000; failure++) {
            const delayMs = backoff.next();
            if (!(delayMs >= 0 && delayMs <= maxMs)) return false;
          }
          return backoff.failures === 2000;
        },
      ),
    );
  });
});
