import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { endsWith, machines } from '../support/machines.ts';
import { withNetworks } from '../support/namespaces.ts';
import { withNats } from '../support/nats.ts';

/** As scenarios/deploy.yaml, at the pace of 3,000 clients; unasked, another machine gets 200 dials a second. */
const DEPLOY = `name: deploy
seed: 7
duration: 11s
settle: 60s
clients:
  count: 3000
  ramp_up: 6s
  backoff: { policy: full-jitter, base: 5s, max: 10s }
target: { url: ws://target, max_dials_per_second: 3000 }
timeline:
  - { at: 8s, fault: restart_server, how: graceful, down_for: 1s }
expect:
  unrecovered_sessions: 0
  recovery_p95: '< 30s'
  peak_attempts_per_second: '< 3000'
`;

const SHORT = `name: cut-off
seed: 5
duration: 6s
settle: 10s
clients: { count: 30, ramp_up: 500ms, backoff: { policy: fixed, base: 50ms, max: 50ms } }
timeline:
  - { every: 500ms, fault: drop, share: 30% }
`;

withNats('over NATS', () => {
  withNetworks('machines of their own', () => {
    it('three play a deploy with 3,000 clients, and the report names them', async () => {
      const { fleet, simulate, workers } = await machines(3);
      const storm = simulate(DEPLOY);
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
    });

    it('one was not told that it may storm another', async () => {
      const { fleet, simulate, workers } = await machines(1, []);
      const { code, stderr } = await simulate(SHORT).ended();
      expect(code).toBe(2);
      expect(stderr).toMatch(
        /one: 10\.77\.0\.2 is none of the hosts that this worker may storm; .*--allow-remote 10\.77\.0\.2/,
      );
      await endsWith(fleet, workers);
    });
  });
});
