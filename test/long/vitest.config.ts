import { readFileSync } from 'node:fs';
import { globSync } from 'tinyglobby';
import { defineConfig } from 'vitest/config';
import shortTests from '../../vitest.config.ts';

/** Tests of which `npm test` runs a share. */
const shared = globSync('test/**/*.test.ts').filter((file) =>
  readFileSync(file, 'utf8').includes('/support/thorough.ts'),
);

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
      maxWorkers: 2,
    },
  };
});
