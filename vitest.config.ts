import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Most tests wait for sockets, processes and heartbeats, so they share a core gladly.
    maxWorkers: 4,
  },
});
