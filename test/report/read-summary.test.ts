import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { jsonSummary, resultOf } from '../../src/report/json.ts';
import { readSummary } from '../../src/report/read-summary.ts';
import { BOUNDS, RUN } from './results.ts';

/** Of a run whose clients began again at 1 after a reload, as wsdiag wrote it before there was version 2. */
const VERSION_1 = fs.readFileSync(
  path.join(import.meta.dirname, '../fixtures/summaries/version-1.json'),
  'utf8',
);

const mistakeIn = (value: unknown): string => {
  const read = readSummary(JSON.stringify(value));
  return 'mistake' in read ? read.mistake : 'none';
};

describe('a summary that is read', () => {
  it('is what was written', () => {
    const summary = jsonSummary({ ...RUN, bounds: BOUNDS });
    expect(readSummary(JSON.stringify(summary))).toEqual({ summary });
  });

  it('of version 1 has all that version 2 has, under its names', () => {
    const old = JSON.parse(VERSION_1);
    const read = readSummary(VERSION_1);
    if ('mistake' in read) throw new Error(read.mistake);
    const { summary } = read;
    expect(summary).toMatchObject({
      summary_version: 2,
      verdict: 'fail',
      seed: 101,
      plan_hash: null,
      expected_observations: [],
      causes: [
        { message: '5 sessions began again at 1, each after the fault refresh and a reload.' },
      ],
      metrics: { losses: 10, recovery_p95_seconds: 0.053, recovery_p90_seconds: 0.042 },
    });
    expect(summary.bounds.map(({ metric, unit, held }) => [metric, unit, held])).toEqual([
      ['losses', 'count', false],
      ['recovery_p95', 'seconds', true],
      ['recovery_p90', 'seconds', true],
    ]);
    expect(summary.findings).toEqual(old.findings);
    expect(resultOf(summary).metrics).toEqual(old.metrics);
  });

  it('of an older version 1 has nothing in place of what that lacks', () => {
    const { bounds, causes, observations, ...old } = JSON.parse(VERSION_1);
    const { reconnects, ...metrics } = old.metrics;
    expect(readSummary(JSON.stringify({ ...old, metrics }))).toMatchObject({
      summary: { bounds: [], causes: [], observations: [], metrics: { reconnects: null } },
    });
  });

  it('is refused where it is none, with the reason', () => {
    expect(readSummary('{')).toMatchObject({ mistake: expect.stringMatching(/^it is not JSON/) });
    expect(mistakeIn(null)).toBe('it has no summary_version');
    expect(mistakeIn([])).toBe('it has no summary_version');
    expect(mistakeIn({ summary_version: 3 })).toBe(
      'its summary_version is 3, and this wsdiag reads 1 and 2',
    );
    expect(mistakeIn({ summary_version: { toString: 1 } })).toMatch(
      /^its summary_version is no number/,
    );
    expect(mistakeIn({ summary_version: 1 })).toMatch(/^verdict is wrong: /);
    expect(mistakeIn({ summary_version: 1, causes: [null], bounds: [null] })).toMatch(
      / is wrong: /,
    );
    expect(mistakeIn({ summary_version: 1, bounds: {} })).toMatch(/ is wrong: /);
    const summary = jsonSummary(RUN);
    expect(mistakeIn({ ...summary, seed: 'x' })).toMatch(/^seed is wrong: /);
    const metrics = { ...summary.metrics, losses: '9' };
    expect(mistakeIn({ ...summary, metrics })).toMatch(/^metrics\.losses is wrong: /);
  });
});
