import { describe, expect, it } from 'vitest';
import { randomFor } from '../../src/core/random.ts';
import { judge } from '../judge/judging.ts';
import { defectiveLogs, KINDS } from '../support/defective-logs.ts';
import { expectTheSame, expectTheSameOfAny, PROPERTIES } from '../support/properties.ts';

const SMALL = { tabs: 6, steps: 40, edits: 12 };
const LARGE = { tabs: 400, steps: 4500, edits: 1500 };
/** Together they have more lines than are held in memory. */
const MANY = { others: 3000 };

describe.each(KINDS)('what is found in %s', (kind) => {
  const large = defectiveLogs(randomFor(1, 'logs'), kind, LARGE);

  it('is in sessions of 10,000 lines and more', () => {
    const suspects = new Set(judge(large).findings.map(({ session_id }) => session_id));
    const lines = Object.values(large).flat();
    const ofSuspects = lines.filter(({ session_id }) => suspects.has(session_id as string));
    expect(ofSuspects.length).toBeGreaterThan(10_000);
  });

  it.each(Object.keys(PROPERTIES))('is the same in these where %s', (change) =>
    expectTheSame(large, change, randomFor(1, 'change'), MANY),
  );

  it.each(Object.keys(PROPERTIES))('is the same in many small logs where %s', (change) =>
    expectTheSameOfAny(kind, SMALL, change, { others: 5 }, 60),
  );
});
