import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // The command line as it is built, which tests run in their own process.
    server: { deps: { external: [/\/dist\//] } },
    // Room for a machine that is busy with something else.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // To load the modules anew for each file takes longer than most files do.
    isolate: false,
    // Many tests wait for sockets, processes and heartbeats, so they share a core gladly.
    maxWorkers: 4,
  },
});
