import { defineConfig } from 'vitest/config';

/** Exhaustive mutations, many random logs, kill loops: minutes, so they are not among the tests that run often. */
export default defineConfig({
  test: {
    include: ['test/long/**/*.long.ts'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    maxWorkers: 2,
  },
});
