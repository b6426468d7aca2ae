import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // The command line as it is built, which tests run in their own process.
    server: { deps: { external: [/\/dist\//] } },
    // Room for a machine that is busy with something else.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // Most tests wait for sockets, processes and heartbeats, so they share a core gladly.
    maxWorkers: 4,
  },
});
