import { describe, expect, it } from 'vitest';
import { createTimeRange } from '../../../src/report/page/time-range.ts';

const ends = ({ from, to }: { from: number; to: number }) => [from, to];

describe('the stretch of time that is shown', () => {
  it('is narrowed around what is pointed at, and never leaves the run', () => {
    const range = createTimeRange(1000);
    range.zoom(0.5);
    expect(ends(range)).toEqual([250, 750]);
    range.point(250);
    range.zoom(0.5);
    expect(ends(range)).toEqual([250, 500]);
    range.zoom(100);
    expect(ends(range)).toEqual([0, 1000]);
    range.set(900, 1400);
    expect(ends(range)).toEqual([500, 1000]);
  });

  it('is no shorter than what times in logs can tell apart', () => {
    const range = createTimeRange(1000);
    range.set(500, 500);
    expect(ends(range)).toEqual([500, 510]);
  });

  it('follows what is pointed at', () => {
    const range = createTimeRange(1000);
    range.set(200, 400);
    range.step(0.5);
    expect([range.at, ...ends(range)]).toEqual([400, 200, 400]);
    range.step(0.25);
    expect([range.at, ...ends(range)]).toEqual([450, 250, 450]);
    range.step(-9);
    expect([range.at, ...ends(range)]).toEqual([0, 0, 200]);
    range.step(99);
    expect([range.at, ...ends(range)]).toEqual([1000, 800, 1000]);
  });

  it('tells of a change once', () => {
    const range = createTimeRange(1000);
    let changes = 0;
    range.onChange(() => {
      changes += 1;
    });
    range.set(100, 200);
    range.set(100, 200);
    range.reset();
    range.reset();
    expect(changes).toBe(2);
  });
});
