import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { oneOfEach, runs } from '../support/thorough.ts';
import { judge } from './judging.ts';
import { expectTamperingIsFound, targetsOf } from './tampering.ts';
import { type Lines, play, type Step, TAB_STEPS } from './world.ts';

const EVERYTHING: Step[] = [
  'open',
  'open-continued',
  'open',
  ...TAB_STEPS.filter((step) => step !== 'close-tab').flatMap((step): Step[] => [
    [0, step],
    [1, 'connect'],
    [2, step],
  ]),
  'restart',
  [0, 'connect'],
  [1, 'half-open'],
  [2, 'lose-welcome'],
  [3, 'refresh-in-mid-welcome'],
  [3, 'connect'],
  'kill',
  [0, 'fail-dial'],
  [0, 'refresh'],
  [1, 'connect'],
  [2, 'close-tab'],
  'kill',
];

const RUNS: Record<string, Lines> = {
  'everything that can happen': play(EVERYTHING),
  'one connection': play([]),
  'a failed dial': play([[0, 'fail-dial']]),
  'a number that restored storage used again, long before a kill': play([
    'open',
    [0, 'drop'],
    [0, 'drop'],
    [0, 'restore'],
    [0, 'drop'],
    [0, 'reject'],
    'open',
    'kill',
  ]),
};

describe.each(Object.entries(RUNS))('a run with %s', (_, lines) => {
  it('passes as it is', () => {
    expect(judge(lines)).toMatchObject({ verdict: 'pass', findings: [] });
  });

  it.each(oneOfEach(targetsOf(lines), ({ kind }) => kind))(
    'does not pass with $name tampered with',
    (target) => {
      expectTamperingIsFound(lines, target);
    },
  );
});

const tabStep = fc.tuple(fc.nat(5), fc.constantFrom(...TAB_STEPS));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: tabStep },
  { weight: 3, arbitrary: fc.constantFrom<Step>('open', 'open-continued', 'restart', 'kill') },
);

describe('any run', () => {
  it('passes where client and server do all right', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        expect(judge(play(steps))).toMatchObject({ verdict: 'pass', findings: [] });
      }),
      { numRuns: runs(500) },
    );
  });

  it('does not pass with a line tampered with', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), fc.nat(), (steps, which) => {
        // A server log that is left without any connection makes for doubt instead.
        const lines = play(['open', ...steps]);
        const targets = targetsOf(lines);
        const target = targets[which % targets.length];
        if (target) expectTamperingIsFound(lines, target);
      }),
      { numRuns: runs(500) },
    );
  });
});
