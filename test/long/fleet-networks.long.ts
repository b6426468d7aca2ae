import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { scenarioFile } from '../support/cli.ts';
import { FleetProcesses } from '../support/fleet-processes.ts';
import { type Machine, Network, withNetworks } from '../support/namespaces.ts';
import { NatsServer, withNats } from '../support/nats.ts';
import { temporaryDirectory } from '../support/world.ts';

// `tc netem`, which delays and loses packets, is in few kernels of virtual machines: links go down instead.

const BIN = fileURLToPath(new URL('../../bin/wsdiag.js', import.meta.url));
const PORT = 8080;

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

const CUT_OFF = `name: cut-off
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

    it('one is cut off, and back before the end', async () => {
      const { fleet, simulate, workers } = await machines(2);
      const storm = simulate(CUT_OFF);
      await storm.cli.until(/(?:2\d|30)\/30 connected/);
      workers[1]?.machine.setLink('down');
      const cutAt = Date.now();
      await storm.cli.until(/\(two\) is silent; the others go on/);
      expect(Date.now() - cutAt).toBeLessThan(3000);
      workers[1]?.machine.setLink('up');
      const ended = await storm.ended();
      expect(ended).toMatchObject({ code: 3, verdict: 'unknown' });
      expect(ended.doubts).toContain('worker-lost');
      expect(fs.existsSync(path.join(storm.directory, 'client-2.ndjson'))).toBe(true);
      await endsWith(fleet, workers);
    });

    it('one is cut off for good: its logs are missed, and kept by it', async () => {
      const { fleet, simulate, workers, hub, nats } = await machines(2);
      const storm = simulate(CUT_OFF);
      await storm.cli.until(/(?:2\d|30)\/30 connected/);
      workers[1]?.machine.setLink('down');
      const ended = await storm.ended();
      expect(ended).toMatchObject({ code: 3, verdict: 'unknown' });
      expect(ended.doubts).toEqual(expect.arrayContaining(['worker-lost', 'log-missing']));
      expect(ended.stderr).toMatch(/logs of two are not here; .*wsdiag collect/);
      await workers[1]?.cli.until(/NATS is lost|the coordinator is lost: stopping/);
      // The link is mended, and the worker has what it played.
      workers[1]?.machine.setLink('up');
      const collect = async () =>
        (
          await fleet.start(['collect', storm.directory, '--nats', nats.url], { under: hub.under })
            .outcome
        ).code;
      await expect.poll(collect, { timeout: 60_000, interval: 1000 }).toBe(0);
      expect(fs.existsSync(path.join(storm.directory, 'client-2.ndjson'))).toBe(true);
      await endsWith(fleet, workers);
    });

    it('one was not told that it may storm another', async () => {
      const { fleet, simulate, workers } = await machines(1, []);
      const { code, stderr } = await simulate(CUT_OFF).ended();
      expect(code).toBe(2);
      expect(stderr).toMatch(
        /one: 10\.77\.0\.2 is none of the hosts that this worker may storm; .*--allow-remote 10\.77\.0\.2/,
      );
      await endsWith(fleet, workers);
    });
  });
});

const NAMES = ['one', 'two', 'three'];

/** NATS and the coordinator on one machine, the target on another, and each worker on one of its own. */
async function machines(count: number, allowed?: string[]) {
  const network = new Network();
  const { hub } = network;
  const target = network.machine();
  const nats = await NatsServer.start({ host: hub.address, under: hub.under });
  onTestFinished(() => nats.stop());
  const fleet = new FleetProcesses();
  const remote = ['--allow-remote', target.address];
  const workers = await Promise.all(
    NAMES.slice(0, count).map(async (name) => {
      const machine = network.machine();
      const args = ['--nats', nats.url, ...(allowed ?? remote)];
      return { name, machine, ...(await fleet.startWorker(name, args, { under: machine.under })) };
    }),
  );
  const simulate = (text: string) =>
    fleet.simulate(
      scenarioFile(text),
      [...['--nats', nats.url, '--workers', `${count}`, ...remote], ...targetAt(target)],
      { under: hub.under },
    );
  return { fleet, hub, nats, workers, simulate };
}

function targetAt({ address, under }: Machine): string[] {
  const log = path.join(temporaryDirectory(), 'server.ndjson');
  const serve = ['serve', '--host', address, '--port', `${PORT}`, '--log', log];
  return [
    ...['--target', `ws://${address}:${PORT}`, '--server-log', log],
    ...['--start', [...under, process.execPath, BIN, ...serve].join(' ')],
  ];
}

/** Workers wait for the next storm, and nothing else is left. */
async function endsWith(
  fleet: FleetProcesses,
  workers: { cli: { kill(signal: NodeJS.Signals): void; outcome: Promise<unknown> } }[],
): Promise<void> {
  expect(fleet.living()).toHaveLength(workers.length);
  for (const { cli } of workers) cli.kill('SIGTERM');
  for (const { cli } of workers) expect(await cli.outcome).toMatchObject({ code: 143 });
  expect(fleet.living()).toEqual([]);
}
