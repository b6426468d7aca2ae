import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findTime, parseTime } from '../../src/logs/times.ts';

const at = (iso: string) => Date.parse(iso);

describe('parseTime', () => {
  it.each<[unknown, string]>([
    ['2026-11-23T10:00:00Z', '2026-11-23T10:00:00Z'],
    ['2026-11-23T10:00:00.5Z', '2026-11-23T10:00:00.500Z'],
    ['2026-11-23T10:00:00.123456789Z', '2026-11-23T10:00:00.123Z'],
    ['2026-11-23T11:00:00.000123456+01:00', '2026-11-23T10:00:00.000Z'],
    ['2026-11-23T04:30:00-0530', '2026-11-23T10:00:00.000Z'],
    ['2026-11-23T12:00:00+02', '2026-11-23T10:00:00.000Z'],
    ['2026-11-23 10:00:00,123', '2026-11-23T10:00:00.123Z'],
    ['2026-11-23 10:00:00 UTC', '2026-11-23T10:00:00.000Z'],
    ['2026-11-23 11:00:00 Europe/Berlin', '2026-11-23T10:00:00.000Z'],
    ['2026-07-23T12:00:00+02:00[Europe/Berlin]', '2026-07-23T10:00:00.000Z'],
    ['2026-11-23T10:00', '2026-11-23T10:00:00.000Z'],
    ['2026/11/23 10:00:00', '2026-11-23T10:00:00.000Z'],
    ['2024-02-29T23:59:60Z', '2024-03-01T00:00:00.000Z'],
    [1_795_428_000, '2026-11-23T10:00:00.000Z'],
    [1_795_428_000.123, '2026-11-23T10:00:00.123Z'],
    [1_795_428_000_123, '2026-11-23T10:00:00.123Z'],
    [1_795_428_000_123_456, '2026-11-23T10:00:00.123Z'],
    [1_795_428_000_123_456_800, '2026-11-23T10:00:00.123Z'],
    ['1795428000123456', '2026-11-23T10:00:00.123Z'],
  ])('reads %j', (value, iso) => {
    expect(parseTime(value)).toBe(at(iso));
  });

  it.each([
    [''],
    ['yesterday'],
    ['10:00:00'],
    ['2026-11-23'],
    ['2026-13-01T00:00:00Z'],
    ['2026-00-10T00:00:00Z'],
    ['2026-02-30T00:00:00Z'],
    ['2026-11-23T24:00:00Z'],
    ['2026-11-23T10:60:00Z'],
    ['2026-11/23 10:00:00'],
    // Go's zero time, and the epoch's.
    ['0001-01-01T00:00:00Z'],
    [0],
    [12.5],
    [-1_795_428_000],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [4e8],
    [8e9],
    [null],
    [true],
    [[1_795_428_000]],
  ])('has no time for %j', (value) => {
    expect(parseTime(value)).toBeUndefined();
  });

  it('agrees with Date, whatever the unit', () => {
    const times = fc.integer({ min: at('1990-01-01T00:00:00Z'), max: at('2199-12-31T00:00:00Z') });
    fc.assert(
      fc.property(times, (time) => {
        const iso = new Date(time).toISOString();
        const spellings = [iso, iso.replace('T', ' ').replace('.', ',').replace('Z', ''), time];
        expect([...spellings, time / 1000, time * 1000].map((one) => parseTime(one))).toEqual(
          Array(5).fill(time),
        );
      }),
    );
  });
});

it('a time reads the same whatever minute was read before', () => {
  const anew = '2001-01-01T00:00:00.000Z';
  const ending = fc.string({ unit: fc.constantFrom(...'0123456789.:,Z '), maxLength: 8 });
  const form = fc.constantFrom('05.123Z', '59.999Z', '60.000Z', '5.123Z0', '05,123Z', '05.12Z');
  fc.assert(
    fc.property(fc.array(fc.oneof(form, ending), { maxLength: 5 }), (endings) => {
      const texts = endings.map((ending) => `2026-11-23T10:00:${ending}`);
      const alone = texts.map((text) => parseTime(anew) && parseTime(text));
      expect(texts.map((text) => parseTime(text))).toEqual(alone);
    }),
  );
});

describe('findTime', () => {
  it.each([
    ['2026-11-23T10:00:00Z ', '2026-11-23T10:00:00Z'],
    ['2026/11/23 10:00:00 [info] 31#31: *1 ', '2026-11-23T10:00:00Z'],
    ['backend-1  | 2026-11-23T10:00:00.123Z ', '2026-11-23T10:00:00.123Z'],
    ['[2026-11-23 10:00:00,123] INFO ', '2026-11-23T10:00:00.123Z'],
  ])('finds the one in %j', (text, iso) => {
    expect(findTime(text)).toBe(at(iso));
  });

  it.each([['backend-1  | '], ['Nov 23 10:00:00 host app[1]: '], ['x2026-11-23T10:00:00Z ']])(
    'finds none in %j',
    (text) => {
      expect(findTime(text)).toBeUndefined();
    },
  );
});
