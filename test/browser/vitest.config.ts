import { defineConfig } from 'vitest/config';
import { findChromium } from './chromium.ts';

const hasChromium = findChromium() !== undefined;
if (!hasChromium) console.log('skipped: there is no Chromium to look at pages in');

/** Needs browsers, so it is not among the tests that a fresh machine must pass. */
export default defineConfig({
  test: {
    include: [hasChromium ? 'test/browser/**/*.browser.ts' : 'test/browser/fidelity/*.browser.ts'],
    testTimeout: 60_000,
    // A browser on a busy machine has failures of its own.
    retry: 2,
    hookTimeout: 60_000,
    // They measure time.
    fileParallelism: false,
  },
});
