import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IdTable } from '../../src/model/id-table.ts';

const half = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const id = fc.tuple(
  half.map((low) => low || 1),
  half,
);

describe('a table of ids', () => {
  it('numbers ids by their first appearance, however many there are', () => {
    fc.assert(
      fc.property(fc.array(id, { maxLength: 3000 }), (ids) => {
        const table = new IdTable();
        const known = new Map<string, number>();
        for (const [low, high] of ids) {
          const key = `${low} ${high}`;
          expect(table.find(low, high)).toBe(known.get(key) ?? -1);
          if (!known.has(key)) known.set(key, known.size);
          expect(table.add(low, high)).toBe(known.get(key));
        }
        expect(table.size).toBe(known.size);
        for (const [key, index] of known) {
          expect(`${table.low(index)} ${table.high(index)}`).toBe(key);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('tells ids apart that have one half in common', () => {
    const table = new IdTable();
    expect([table.add(1, 1), table.add(1, 2), table.add(2, 1)]).toEqual([0, 1, 2]);
    expect(table.find(2, 2)).toBe(-1);
  });

  it('is made again of its halves', () => {
    const table = new IdTable();
    for (let low = 1; low < 2000; low++) table.add(low, -low);
    const again = IdTable.of(table.halves());
    expect(again.size).toBe(table.size);
    expect(again.find(1500, -1500)).toBe(table.find(1500, -1500));
  });
});
