import { expect, it } from 'vitest';
import { bandsOf } from '../../../src/report/page/fault-bands.ts';

it('faults that overlap are one band, and what is over at once is none', () => {
  const marks = {
    time_ms: [0, 10, 20, 50, 90, 95],
    ended_ms: [30, -1, 40, -1, 100, 96],
    fault: [0, 0, 0, 0, 0, 0],
    sessions: [1, 1, 1, 1, 1, 1],
    names: ['offline'],
  };
  expect(bandsOf(marks)).toEqual([
    [0, 40],
    [90, 100],
  ]);
});
