import { describe, expect, it } from 'vitest';
import { type DurationUnit, parseSeconds, unitInName } from '../../src/logs/durations.ts';

describe('parseSeconds', () => {
  it.each<[unknown, DurationUnit | undefined, number | undefined]>([
    [60.012, undefined, 60.012],
    ['60.012', undefined, 60.012],
    [60_012, 'ms', 60.012],
    ['60012', 'ms', 60.012],
    [10_000_000_000, 'ns', 10],
    [1.5, 'min', 90],
    [2, 'h', 7200],
    ['1m0.5s', undefined, 60.5],
    ['1h2m3s', 'go', 3723],
    ['9.01ms', undefined, 0.00901],
    ['150µs', undefined, 0.00015],
    ['60.012 s', undefined, 60.012],
    ['PT1M30.5S', undefined, 90.5],
    ['P1DT2H', 'iso8601', 93_600],
    ['00:01:00', undefined, 60],
    ['1.02:03:04.5', 'clock', 93_784.5],
    ['02:03', 'clock', 123],
    ['PT', undefined, undefined],
    ['P', undefined, undefined],
    ['1m', 'iso8601', undefined],
    [7, 'go', undefined],
    ['soon', undefined, undefined],
    [null, undefined, undefined],
    [{}, undefined, undefined],
  ])('reads %j in %s as %s', (value, unit, seconds) => {
    expect(parseSeconds(value, unit)).toBe(seconds);
  });
});

describe('unitInName', () => {
  it.each([
    ['duration_ns', 'ns'],
    ['durationUs', 'us'],
    ['lived_ms', 'ms'],
    ['livedMillis', 'ms'],
    ['duration_minutes', 'min'],
    ['durationMS', 'ms'],
    ['request_time', undefined],
    ['status', undefined],
    ['clientStatus', undefined],
    ['items', undefined],
    ['ms', undefined],
  ])('is of %s %s', (name, unit) => {
    expect(unitInName(name)).toBe(unit);
  });
});
