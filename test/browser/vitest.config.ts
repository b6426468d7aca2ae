import { defineConfig } from 'vitest/config';

/** Needs browsers, so it is not among the tests that a fresh machine must pass. */
export default defineConfig({
  test: {
    include: ['test/browser/**/*.browser.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // They measure time.
    fileParallelism: false,
  },
});
