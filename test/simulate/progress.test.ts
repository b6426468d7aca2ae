import { describe, expect, it } from 'vitest';
import { Counters } from '../../src/simulate/progress.ts';

/** Counters by a clock of their own, and an attempt at each of those milliseconds. */
function count(times: number[]): { counters: Counters; at: (ms: number) => void } {
  let now = 0;
  const counters = new Counters(() => now);
  const write = counters.counting(() => {});
  for (const time of times) {
    now = time;
    write('connection_attempt', {} as never);
  }
  return {
    counters,
    at: (ms) => {
      now = ms;
    },
  };
}

const every = (ms: number, until: number) =>
  Array.from({ length: until / ms }, (_, index) => index * ms);

describe('attempts per second', () => {
  it('are those of one second, though nobody looked for longer', () => {
    const { counters } = count(every(10, 3000));
    expect(counters.attemptsPerSecond).toBe(100);
    expect(counters.peakAttemptsPerSecond).toBe(100);
  });

  it('fall to none, and leave the peak', () => {
    const { counters, at } = count([...every(100, 1000), 1950, 1951]);
    expect(counters.attemptsPerSecond).toBe(2);
    at(5000);
    expect(counters.attemptsPerSecond).toBe(0);
    expect(counters.peakAttemptsPerSecond).toBe(10);
  });
});
