import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { randomFor } from '../../src/core/random.ts';
import {
  type LogLine,
  readSummary,
  runCli,
  scenarioFile,
  startCli,
  startServe,
} from '../support/cli.ts';
import { FleetProcesses } from '../support/fleet-processes.ts';
import { NatsServer, withNats } from '../support/nats.ts';
import { temporaryDirectory } from '../support/world.ts';

/** From the last to join to the end of what is played. */
const LATEST_MS = 4000;
const LOST_WITHIN_MS = 2000;

const scenario = () => `name: lost
seed: 5
duration: 3s
settle: 20s
clients: { count: 12, ramp_up: 300ms, backoff: { policy: fixed, base: 20ms, max: 20ms } }
timeline:
  - { every: 500ms, fault: drop, share: 40% }
`;

const at = (line: LogLine | undefined) => Date.parse(String(line?.time));

withNats('a storm of workers', () => {
  let nats: NatsServer;
  beforeAll(async () => {
    nats = await NatsServer.start();
  });
  afterAll(() => nats.stop());

  it('tells within two seconds of a worker that is killed, at any instant', async () => {
    const random = randomFor(1, 'kill');
    const rounds = ['continue', 'stop', 'continue', 'stop'].map((onLost) =>
      killOne(onLost, random() * LATEST_MS),
    );
    await Promise.all(rounds);
  });

  it('tells of a worker that stands still', async () => {
    const fleet = new FleetProcesses();
    const storm = fleet.simulate(scenarioFile(scenario()), ['--local-workers', '2']);
    await storm.joined(2);
    await storm.cli.until(/1\d\/12 connected|12\/12/);
    const [victim] = fleet.localWorkers() as [number];
    const stoppedAt = Date.now();
    process.kill(victim, 'SIGSTOP');
    await storm.cli.until(/worker \d \(local-\d\) is silent; the others go on/);
    expect(Date.now() - stoppedAt).toBeLessThan(LOST_WITHIN_MS + 1000);
    process.kill(victim, 'SIGCONT');
    // It is heard again, and its logs arrive; what it did meanwhile was not the plan's.
    expect(await storm.ended()).toMatchObject({ code: 3, verdict: 'unknown' });
    expect(fs.existsSync(path.join(storm.directory, 'client-1.ndjson'))).toBe(true);
    expect(fs.existsSync(path.join(storm.directory, 'client-2.ndjson'))).toBe(true);
    expect(fleet.living()).toEqual([]);
  });

  it('ends in good order at Ctrl-C', async () => {
    const fleet = new FleetProcesses();
    const storm = fleet.simulate(scenarioFile(scenario()), ['--local-workers', '2']);
    await storm.joined(2);
    await storm.cli.until(/1\d\/12 connected|12\/12/);
    storm.cli.killGroup('SIGINT');
    expect(await storm.cli.outcome).toMatchObject({ code: 130 });
    expect(fleet.living()).toEqual([]);
    const { verdict, doubts } = readSummary(storm.directory) as { verdict: string; doubts: object };
    expect(verdict).toBe('unknown');
    expect(JSON.stringify(doubts)).toContain('interrupted');
  });

  it('is stopped by workers whose coordinator is killed, and judged by what they kept', async () => {
    const fleet = new FleetProcesses();
    const { url } = await startServe(startCli, ['--log', path.join(temporaryDirectory(), 'log')]);
    const workers = await fleet.startWorkers(['one', 'two'], ['--nats', nats.url]);
    const file = scenarioFile(scenario().replace('duration: 3s', 'duration: 60s'));
    const args = ['--nats', nats.url, '--workers', '2', '--target', String(url)];
    const storm = fleet.simulate(file, args);
    await storm.joined(2);
    await storm.cli.until(/1\d\/12 connected|12\/12/);
    storm.cli.kill('SIGKILL');
    await storm.cli.outcome;
    const killedAt = performance.now();
    await Promise.all(workers.map(({ cli }) => cli.until(/the coordinator is lost: stopping/)));
    expect(performance.now() - killedAt).toBeLessThan(10_000);
    await Promise.all(workers.map(({ cli }) => cli.until(/its logs are at NATS, and in/)));
    for (const { cli } of workers) cli.kill('SIGINT');
    for (const { cli } of workers) expect(await cli.outcome).toMatchObject({ code: 130 });
    const { directory } = storm;
    const collected = await runCli(['collect', directory, '--nats', nats.url]);
    expect(collected).toMatchObject({ code: 0 });
    expect(fs.existsSync(path.join(directory, 'client-2.ndjson'))).toBe(true);
    expect(await runCli(['check', directory])).toMatchObject({ code: 3 });
    expect(fleet.living()).toEqual([]);
  });

  it.skipIf(process.getuid?.() !== 0)('tells of a worker whose disk is full', async () => {
    const fleet = new FleetProcesses();
    const { url } = await startServe(startCli, ['--log', path.join(temporaryDirectory(), 'log')]);
    const dir = smallDisk();
    const options = ['--nats', nats.url];
    const full = await fleet.startWorker('full', [...options, '--dir', dir]);
    await fleet.startWorker('roomy', options);
    const args = [...options, '--workers', '2', '--target', String(url)];
    const storm = fleet.simulate(scenarioFile(scenario().replace('count: 12', 'count: 200')), args);
    expect(await storm.ended()).toMatchObject({
      code: 3,
      verdict: 'unknown',
      doubts: expect.arrayContaining(['worker-lost']),
      stderr: expect.stringMatching(/worker 1 \(full\) failed: .*ENOSPC/),
    });
    full.cli.kill('SIGINT');
    await full.cli.outcome;
  });
});

async function killOne(onLost: string, delayMs: number): Promise<void> {
  const fleet = new FleetProcesses();
  const args = ['--local-workers', '3', '--on-lost', onLost];
  const storm = fleet.simulate(scenarioFile(scenario()), args);
  await storm.joined(3);
  await after(delayMs);
  const killedAt = Date.now();
  const [victim] = fleet.localWorkers();
  process.kill(victim as number, 'SIGKILL');
  const { code, doubts, stderr, verdict } = await storm.ended();
  expect(fleet.living()).toEqual([]);
  const [lost] = storm.logged('worker_lost');
  // It had not begun, or its logs had arrived.
  if (code === 2) expect(stderr).toMatch(/local-\d/);
  else if (lost === undefined) expect(storm.logged('worker_left')).toHaveLength(3);
  else {
    expect({ code, verdict }).toEqual({ code: 3, verdict: 'unknown' });
    expect(doubts).toContain('worker-lost');
    expect(at(lost) - killedAt).toBeLessThan(LOST_WITHIN_MS);
    const others = onLost === 'stop' ? 'the others stop' : 'the others go on';
    expect(stderr).toMatch(new RegExp(`worker \\d \\(local-\\d\\) is gone; ${others}`));
  }
}

const after = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function smallDisk(): string {
  const dir = temporaryDirectory();
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', dir]);
  onTestFinished(() => void execFileSync('umount', ['-l', dir]));
  return dir;
}
