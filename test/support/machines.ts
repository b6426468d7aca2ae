import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import { scenarioFile } from './cli.ts';
import { FleetProcesses } from './fleet-processes.ts';
import { type Machine, Network } from './namespaces.ts';
import { NatsServer } from './nats.ts';
import { temporaryDirectory } from './world.ts';

const BIN = fileURLToPath(new URL('../../bin/wsdiag.js', import.meta.url));
const PORT = 8080;

/** Drops over and over, for a few seconds. */
export const DROPS = `name: cut-off
seed: 5
duration: 6s
settle: 10s
clients: { count: 30, ramp_up: 500ms, backoff: { policy: fixed, base: 50ms, max: 50ms } }
timeline:
  - { every: 500ms, fault: drop, share: 30% }
`;

const NAMES = ['one', 'two', 'three'];

/** NATS and the coordinator on one machine, the target on another, and each worker on one of its own. */
export async function machines(count: number, allowed?: string[]) {
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
  const simulateFile = (file: string, more: string[] = []) =>
    fleet.simulate(
      file,
      [...['--nats', nats.url, '--workers', `${count}`, ...remote], ...targetAt(target), ...more],
      { under: hub.under },
    );
  const simulate = (text: string) => simulateFile(scenarioFile(text));
  return { fleet, hub, nats, workers, simulate, simulateFile };
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
export async function endsWith(
  fleet: FleetProcesses,
  workers: { cli: { kill(signal: NodeJS.Signals): void; outcome: Promise<unknown> } }[],
): Promise<void> {
  expect(fleet.living()).toHaveLength(workers.length);
  for (const { cli } of workers) cli.kill('SIGTERM');
  for (const { cli } of workers) expect(await cli.outcome).toMatchObject({ code: 143 });
  expect(fleet.living()).toEqual([]);
}
