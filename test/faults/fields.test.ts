import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../../src/core/duration.ts';
import { duration, share } from '../../src/faults/fields.ts';

describe('durations', () => {
  test.each([
    ['0s', 0],
    ['250ms', 250],
    ['1.5s', 1500],
    ['2m', 120_000],
    ['1h', 3_600_000],
  ])('%s is %i milliseconds', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
    expect(duration.parse(text)).toBe(ms);
  });

  test.each(['', '5', '5 s', '-1s', '1e3s', '.5s', '1d', '5s ', 'Infinitys'])(
    '"%s" is none',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
      expect(duration.safeParse(text).success).toBe(false);
    },
  );

  test('are read as they were written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 86_400_000 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });
});

describe('shares', () => {
  test.each([
    ['40%', 0.4],
    ['12.5%', 0.125],
    ['0%', 0],
    ['100%', 1],
    [0.4, 0.4],
    [1, 1],
  ])('%s is %f', (written, value) => {
    expect(share.parse(written)).toBeCloseTo(value, 12);
  });

  test.each(['140%', '-1%', '0.4', 'half', 40, -1, Number.NaN, null])('%s is none', (written) => {
    expect(share.safeParse(written).error?.issues[0]?.message).toBe('a share, such as 40% or 0.4');
  });
});
