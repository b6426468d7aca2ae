import { expect, it } from 'vitest';
import { preloaded, readLines, runDirectoryIn, runProcess, scenarioFile } from '../support/cli.ts';
import { temporaryDirectory } from '../support/world.ts';

const SCENARIO = `name: late
seed: 1
duration: 1s
clients: { count: 5, backoff: { policy: fixed, base: 100ms } }
timeline: [{ at: 200ms, fault: restart_server, how: crash, down_for: 0s }]
`;

/** As on a machine that has no time for the processes of a server. */
const SLOW = `
if (process.argv[1]?.endsWith('server-process.js'))
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
`;

const simulate = async (expected: string) => {
  const out = temporaryDirectory();
  const args = ['simulate', scenarioFile(SCENARIO + expected), '--out', out];
  const { code, stdout } = await runProcess(args, { env: preloaded(SLOW) });
  const starts = readLines(runDirectoryIn(out), 'server.ndjson').flatMap(
    ({ start_ms }) => start_ms ?? [],
  );
  return { code, stdout, starts };
};

it('a server that starts too late leaves a bound that is crossed open', async () => {
  const { code, stdout, starts } = await simulate('expect: { recovery_max: "< 1s" }\n');
  expect(starts).toEqual([expect.any(Number)]);
  expect(starts[0]).toBeGreaterThan(1000);
  expect(stdout).toContain('✖ recovery_max');
  expect(stdout).toContain('server-late');
  expect(code).toBe(3);
});

it('and is no matter where the bound is kept', async () => {
  const { code, stdout } = await simulate('expect: { recovery_max: "< 1m" }\n');
  expect(stdout).not.toContain('server-late');
  expect(code).toBe(0);
});
