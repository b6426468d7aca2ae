import { readFileSync } from 'node:fs';
import { globSync } from 'tinyglobby';
import { defineConfig } from 'vitest/config';

/** Tests of which `npm test` runs a share. */
const shared = globSync('test/**/*.test.ts').filter((file) =>
  readFileSync(file, 'utf8').includes('/support/thorough.ts'),
);

/** Exhaustive mutations, many random logs, kill loops: minutes, so they are not among the tests that run often. */
export default defineConfig({
  test: {
    include: ['test/long/**/*.long.ts', ...shared],
    env: { WSDIAG_THOROUGH: '1' },
    testTimeout: 600_000,
    hookTimeout: 600_000,
    isolate: false,
    maxWorkers: 2,
  },
});
