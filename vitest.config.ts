import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Room for a machine that is busy with something else.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // Most tests wait for sockets, processes and heartbeats, so they share a core gladly.
    maxWorkers: 4,
  },
});
