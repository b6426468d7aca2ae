import { readFileSync } from 'node:fs';
import { globSync } from 'tinyglobby';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import shortTests from '../../vitest.config.ts';

/** Tests of which `npm test` runs a share. */
const shared = globSync('test/**/*.test.ts').filter((file) =>
  readFileSync(file, 'utf8').includes('/support/thorough.ts'),
);

/** What takes longest, so that nothing is left to run alone in the end. */
const LONGEST = [
  'long/properties',
  'protocols/mqtt',
  'cli/hostile',
  'long/fleet',
  'long/fleet',
  'long/field-changes',
  'long/examples',
  'judge/tampering',
  'long/target-ends',
  'protocols/',
  'real/session-storage',
  'long/',
  'cli/exit-codes',
];

const turnOf = ({ moduleId }: TestSpecification): number => {
  const turn = LONGEST.findIndex((part) => moduleId.includes(`/test/${part}`));
  return turn === -1 ? LONGEST.length : turn;
};

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((one, other) => turnOf(one) - turnOf(other));
  }
}

/** Exhaustive mutations, many random logs, kill loops: minutes, so they are not among the tests that run often. */
export default defineConfig((env) => {
  const built = shortTests(env);
  return {
    ...built,
    test: {
      ...built.test,
      include: ['test/long/**/*.long.ts', ...shared],
      env: { WSDIAG_THOROUGH: '1' },
      testTimeout: 600_000,
      hookTimeout: 600_000,
      sequence: { sequencer: LongestFirst },
      // A third of the time is spent waiting for servers, processes and clocks.
      maxWorkers: 3,
    },
  };
});
