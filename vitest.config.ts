import { defineConfig } from 'vitest/config';

export default defineConfig(({ mode }) => ({
  // `npm test` runs what it has just built, which Node loads in less time than the sources are transformed in.
  resolve: {
    alias:
      mode === 'built'
        ? [
            {
              // The report's page is bundled, so its modules are there as sources alone.
              find: /^(?:\.\.\/)+src\/(?!report\/page\/)(.+)\.ts$/,
              replacement: `${import.meta.dirname}/dist/$1.js`,
            },
          ]
        : [],
  },
  test: {
    include: ['test/**/*.test.ts'],
    // What is built is for Node to load.
    server: { deps: { external: [/\/dist\//] } },
    // Room for a machine that is busy with something else.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // To load the modules anew for each file takes longer than most files do.
    isolate: false,
    // Many tests wait for sockets, processes and heartbeats, so they share a core gladly.
    maxWorkers: 4,
    // Threads that collect garbage would take the cores from other tests.
    execArgv: ['--single-threaded-gc'],
  },
}));
