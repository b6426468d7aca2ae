import fc from 'fast-check';
import { expect, it } from 'vitest';
import { OpenTable } from '../../src/logs/open-table.ts';
import { runs } from '../support/thorough.ts';

it('finds what was added and not removed, however their places fall', () => {
  // Few low halves, so that many ids want the same place.
  const id = fc.tuple(fc.constantFrom(1, 2, 1023, 1024, 1025, -1), fc.integer({ min: 0, max: 60 }));
  const step = fc.tuple(fc.boolean(), id);
  fc.assert(
    fc.property(fc.array(step, { maxLength: 1500, size: 'max' }), (steps) => {
      const table = new OpenTable();
      const known = new Map<string, number>();
      for (const [isAdded, [low, high]] of steps) {
        const key = `${low} ${high}`;
        expect(table.find(low, high)).toBe(known.get(key) ?? -1);
        if (isAdded) known.set(key, table.add(low, high));
        else if (known.has(key)) table.remove(known.get(key) as number);
        if (!isAdded) known.delete(key);
        expect(table.size).toBe(known.size);
      }
      expect(new Set(known.values()).size).toBe(known.size);
      for (const [key, index] of known) {
        const [low, high] = key.split(' ').map(Number);
        expect(table.find(low as number, high as number)).toBe(index);
      }
    }),
    { numRuns: runs(150) },
  );
});

it('grows with what it holds', () => {
  const table = new OpenTable();
  for (let id = 0; id < 5000; id++) expect(table.add(id, 7)).toBe(id);
  for (let id = 0; id < 5000; id += 2) table.remove(id);
  for (let id = 1; id < 5000; id += 2) expect(table.find(id, 7)).toBe(id);
  expect(table.find(0, 7)).toBe(-1);
  table.clear();
  expect(table.find(1, 7)).toBe(-1);
});
