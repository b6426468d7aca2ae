import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { randomFor } from '../../src/core/random.ts';
import { freePort, scenarioFile, startProcess } from '../support/cli.ts';
import { processesWith } from '../support/processes.ts';
import { temporaryDirectory } from '../support/world.ts';

/** Of each signal. */
const ROUNDS = Number(process.env.WSDIAG_ROUNDS ?? 6);
/** From the start of a process to its run being well under way. */
const LATEST_MS = 2500;

const SERVICE = fileURLToPath(new URL('../support/service.mjs', import.meta.url));

/** Restarts that fall together with the end, too. */
const scenario = (port: number, mark: string) => `name: ends
seed: 1
duration: 60s
clients: { count: 5, backoff: { policy: fixed, base: 20ms, max: 20ms } }
target:
  url: 'ws://127.0.0.1:${port}'
  start: { command: 'sh -c "sleep 600; :" ${mark} & node ${SERVICE} ${mark}' }
  log: stdout
timeline:
  - { every: 400ms, fault: restart_server, down_for: 50ms }
  - { every: 900ms, fault: restart_server, how: crash, down_for: 50ms }
`;

it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
  'after %s at any instant, nothing is left of the service',
  async (signal) => {
    const random = randomFor(1, signal);
    for (let round = 0; round < ROUNDS; round++) {
      const mark = `mark-${signal}-${round}-${process.pid}`;
      const port = await freePort();
      const file = scenarioFile(scenario(port, mark));
      const cli = startProcess(['simulate', file, '--out', temporaryDirectory()], {
        env: { PORT: `${port}` },
      });
      await new Promise((resolve) => setTimeout(resolve, random() * LATEST_MS));
      cli.kill(signal);
      await cli.outcome;
      // What outlives wsdiag is ended by its watcher.
      await expect.poll(() => processesWith(mark), { timeout: 20_000 }).toEqual([]);
    }
  },
);
