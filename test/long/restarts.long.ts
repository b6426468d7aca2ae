import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { linesOf, runCli, scenarioFile } from '../support/cli.ts';
import { temporaryDirectory } from '../support/world.ts';

const RESTARTS = `name: restarts
seed: 1
duration: 1s
settle: 3s
clients: { count: 3, backoff: { policy: fixed, base: 20ms, max: 20ms } }
timeline:
  - { every: 100ms, fault: restart_server, how: crash, down_for: 0ms }
`;

it('restarts asked for faster than a server boots are over when the run heals', async () => {
  const out = temporaryDirectory();
  const { code, stdout } = await runCli(['simulate', scenarioFile(RESTARTS), '--out', out]);
  expect(stdout).toMatch(/^✔ pass/m);
  expect(code).toBe(0);
  // Each kill that the fault log tells of is one, and each one is told of.
  const starts = logOf(out, 'server').filter(({ event }) => event === 'server_started');
  const kills = logOf(out, 'faults').filter(({ kills_server }) => kills_server);
  expect(new Set(kills.map(({ occurrence }) => occurrence)).size).toBe(starts.length - 1);
});

const logOf = (out: string, log: string) =>
  linesOf(fs.readFileSync(path.join(out, 'latest', `${log}.ndjson`), 'utf8'));
