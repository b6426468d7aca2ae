import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { AGAIN } from '../support/fleet.ts';
import { DROPS, endsWith, machines } from '../support/machines.ts';
import { withNetworks } from '../support/namespaces.ts';
import { withNats } from '../support/nats.ts';

const DEPLOY = path.join(import.meta.dirname, '../../scenarios/deploy.yaml');
/** Its bound on attempts is that of 200 clients: 2.5 a second of each, in the ramp as in the storm. */
const AS_3000 = [
  ...['--clients', '3000', '--expect', 'peak_attempts_per_second: < 7500'],
  // Unasked, another machine gets 200.
  ...['--max-dials', '800'],
];

withNats('over NATS', () => {
  withNetworks('machines of their own', () => {
    it(
      'three play scenarios/deploy.yaml with 3,000 clients, and the report names them',
      AGAIN,
      async () => {
        const { fleet, simulateFile, workers } = await machines(3);
        const storm = simulateFile(DEPLOY, AS_3000);
        expect(await storm.ended()).toMatchObject({ code: 0, verdict: 'pass', doubts: [] });
        const { stdout } = await storm.cli.outcome;
        for (const { name } of workers) {
          expect(stdout).toMatch(new RegExp(`${name}\\b.*1,?000 clients.*\\d ms`));
        }
        const summary = JSON.parse(
          fs.readFileSync(path.join(storm.directory, 'summary.json'), 'utf8'),
        );
        expect(summary.workers.map((worker: { clients: number }) => worker.clients)).toEqual([
          1000, 1000, 1000,
        ]);
        await endsWith(fleet, workers);
      },
    );

    it('one was not told that it may storm another', async () => {
      const { fleet, simulate, workers } = await machines(1, []);
      const { code, stderr } = await simulate(DROPS).ended();
      expect(code).toBe(2);
      expect(stderr).toMatch(
        /one: 10\.77\.0\.2 is none of the hosts that this worker may storm; .*--allow-remote 10\.77\.0\.2/,
      );
      await endsWith(fleet, workers);
    });
  });
});
