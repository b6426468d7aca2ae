import { describe, expect, it } from 'vitest';
import { randomFor } from '../../src/core/random.ts';

const draw = (seed: number, label: string, count = 100) =>
  Array.from({ length: count }, randomFor(seed, label));

describe('randomFor', () => {
  it('gives the same numbers for the same seed and label', () => {
    expect(draw(7, 'client/client-1')).toEqual(draw(7, 'client/client-1'));
  });

  it('keeps its numbers from version to version, so that an old seed replays', () => {
    expect(draw(1, 'client/client-1', 3)).toMatchInlineSnapshot(`
      [
        0.9852848923765123,
        0.790037257829681,
        0.7688173616770655,
      ]
    `);
  });

  it('gives other numbers for another label, and for another seed', () => {
    const draws = [
      draw(7, 'client/client-1'),
      draw(7, 'client/client-2'),
      draw(8, 'client/client-1'),
      draw(-7, 'client/client-1'),
      draw(0, ''),
    ];
    const all = draws.flat();
    expect(new Set(all).size).toBe(all.length);
  });

  it('stays at or above 0, and below 1', () => {
    for (const number of draw(3, 'range', 100_000)) {
      if (!(number >= 0 && number < 1)) expect.fail(`drew ${number}`);
    }
  });

  it('is roughly uniform, from its first draw on', () => {
    const within = draw(11, 'uniform', 100_000);
    const across = Array.from({ length: 100_000 }, (_, i) => randomFor(11, `client/${i}`)());
    for (const numbers of [within, across]) {
      const buckets = Array.from(
        { length: 20 },
        (_, bucket) => numbers.filter((number) => Math.floor(number * 20) === bucket).length,
      );
      const chiSquared = buckets.reduce((sum, count) => sum + (count - 5000) ** 2 / 5000, 0);
      // 19 degrees of freedom: 43.8 is exceeded once in a thousand.
      expect(chiSquared).toBeLessThan(43.8);
    }
  });

  it('has no correlation between neighbouring draws', () => {
    const numbers = draw(5, 'serial', 100_000);
    const [, ...later] = numbers;
    const sum = later.reduce(
      (sum, number, i) => sum + (number - 0.5) * ((numbers[i] ?? 0) - 0.5),
      0,
    );
    expect(Math.abs(sum / numbers.length) * 12).toBeLessThan(0.02);
  });
});
