import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import type { Clocks } from '../../src/fleet/clocks.ts';
import { readLines, runCli, scenarioFile, startCli, startServe } from '../support/cli.ts';
import { AGAIN, playStorm, startWorker } from '../support/fleet.ts';
import { FleetProcesses } from '../support/fleet-processes.ts';
import { NatsServer, withNats } from '../support/nats.ts';
import { temporaryDirectory } from '../support/world.ts';

const scenario = (name: string, seconds: number) => `name: ${name}
seed: 5
duration: ${seconds}s
settle: 10s
clients: { count: 10, ramp_up: 300ms, backoff: { policy: fixed, base: 20ms, max: 20ms } }
timeline:
  - { every: 500ms, fault: drop, share: 40% }
`;

const serve = async () => {
  const log = path.join(temporaryDirectory(), 'server.ndjson');
  const { url } = await startServe(startCli, ['--log', log]);
  return ['--target', String(url), '--server-log', log];
};

const isPlaying = /(?:9|10)\/10 connected/;

withNats('a storm over NATS', () => {
  it('goes on without NATS to its end, and has its logs once NATS is back', async () => {
    const nats = await NatsServer.start();
    onTestFinished(() => nats.stop());
    const fleet = new FleetProcesses();
    const workers = await fleet.startWorkers(['one', 'two'], ['--nats', nats.url]);
    const args = ['--nats', nats.url, '--workers', '2', ...(await serve())];
    const storm = fleet.simulate(scenarioFile(scenario('away', 6)), args);
    await storm.cli.until(isPlaying);
    await nats.kill();
    await storm.cli.until(/\(two\) is silent; the others go on/);
    await nats.begin();
    const ended = await storm.ended();
    expect(ended).toMatchObject({ code: 3, verdict: 'unknown' });
    expect(ended.doubts).toContain('worker-lost');
    expect(ended.doubts).not.toContain('log-missing');
    for (const worker of [1, 2]) {
      const log = readLines(storm.directory, `client-${worker}.ndjson`);
      expect(log.at(-1)).toMatchObject({ event: 'client_stopped', interrupted: false });
    }
    for (const { cli, dir } of workers) {
      await cli.until(/NATS is lost; what is played goes on/);
      await cli.until(/NATS is back/);
      await cli.until(/storm \S+ is over/);
      expect(fs.readdirSync(dir)).toEqual([]);
      cli.kill('SIGTERM');
      expect(await cli.outcome).toMatchObject({ code: 143 });
    }
    expect(fleet.living()).toEqual([]);
  });

  it('ends without NATS, too, and says what is missing', async () => {
    const nats = await NatsServer.start();
    onTestFinished(() => nats.stop());
    const workers = [await startWorker(nats.url), await startWorker(nats.url)];
    const storm = playStorm(nats.url, scenario('gone', 3), { collectWithinMs: 1000 });
    await expect.poll(() => storm.connected, { timeout: 30_000 }).toBe(10);
    await nats.kill();
    const { result, notes } = await storm.ended;
    expect(result.verdict).toBe('unknown');
    expect(result.doubts.map(({ code }) => code)).toContain('log-missing');
    expect(notes.join('\n')).toMatch(/logs of worker, worker are not here; .*wsdiag collect/);
    for (const { directory } of workers) expect(fs.readdirSync(directory)).toHaveLength(1);
  });
});

withNats('two storms at once over one NATS', () => {
  let nats: NatsServer;
  beforeAll(async () => {
    nats = await NatsServer.start();
  });
  afterAll(() => nats.stop());

  it('do not see each other', AGAIN, async () => {
    const fleet = new FleetProcesses();
    await fleet.startWorkers(['one', 'two', 'three', 'four'], ['--nats', nats.url]);
    const play = async (name: string) => {
      const args = ['--nats', nats.url, '--workers', '2', ...(await serve())];
      return fleet.simulate(scenarioFile(scenario(name, 4)), args);
    };
    const first = await play('first');
    await first.joined(2);
    const second = await play('second');
    await second.joined(2);
    expect(first.cli.child.exitCode).toBeNull();
    const ends = await Promise.all([first.ended(), second.ended()]);
    for (const ended of ends) expect(ended).toMatchObject({ code: 0, verdict: 'pass' });
    const names = (storm: typeof first) =>
      storm.logged('worker_joined').map(({ name }) => String(name));
    expect([...names(first), ...names(second)].toSorted()).toEqual(['four', 'one', 'three', 'two']);
  });

  it('is told by the coordinator’s clock, however far a worker’s is off', AGAIN, async () => {
    const offset = 10_000;
    await startWorker(nats.url, { name: 'ahead', clocks: clocksAhead(() => offset) });
    await startWorker(nats.url, { name: 'right' });
    const from = Date.now();
    const { result, directory } = await playStorm(nats.url, scenario('ahead', 1)).ended;
    expect(result.verdict).toBe('pass');
    const [ahead] = readLines(directory, 'faults.ndjson').filter(
      ({ event, name }) => event === 'worker_joined' && name === 'ahead',
    );
    expect(Math.abs(Number(ahead?.clock_offset_ms) - offset)).toBeLessThanOrEqual(
      Number(ahead?.clock_error_ms),
    );
    for (const worker of [1, 2]) {
      for (const { time } of readLines(directory, `client-${worker}.ndjson`)) {
        expect(Date.parse(String(time))).toBeGreaterThanOrEqual(from);
        expect(Date.parse(String(time))).toBeLessThanOrEqual(Date.now());
      }
    }
  });

  it('is doubted where a worker’s clock steps in mid-storm', AGAIN, async () => {
    let offset = 0;
    await startWorker(nats.url, { clocks: clocksAhead(() => offset) });
    await startWorker(nats.url);
    const storm = playStorm(nats.url, scenario('stepped', 1));
    await expect.poll(() => storm.connected, { timeout: 30_000 }).toBe(10);
    offset = 200;
    const { result } = await storm.ended;
    expect(result.verdict).toBe('unknown');
    expect(result.doubts.map(({ code }) => code)).toEqual(['clocks-apart']);
  });
});

withNats('a storm that can’t be', () => {
  let nats: NatsServer;
  beforeAll(async () => {
    nats = await NatsServer.start();
  });
  afterAll(() => nats.stop());

  it('is refused with exit code 2, and says what to do', async () => {
    await startWorker(nats.url, { name: 'here' });
    const other = await startWorker(nats.url, { name: 'old' });
    Object.defineProperty(other.worker, 'info', {
      value: { ...other.worker.info, wsdiag_version: '0.0.1' },
    });
    const file = scenarioFile(scenario('refused', 1));
    const storm = (workers: number, target: string[]) =>
      runCli([
        ...['simulate', file, '--out', temporaryDirectory(), '--nats', nats.url],
        ...['--workers', `${workers}`, ...target],
      ]);
    const [few, none] = await Promise.all([storm(2, await serve()), storm(1, [])]);
    expect(few).toMatchObject({ code: 2 });
    expect(few.stderr).toMatch(
      /2 workers are asked for, and 1 is free \(old is wsdiag 0\.0\.1; this is .*\); start more/,
    );
    expect(none).toMatchObject({ code: 2 });
    expect(none.stderr).toContain('--local-workers');
  });
});

const clocksAhead = (offset: () => number): Clocks => ({
  monotonic: () => performance.now(),
  wall: () => Date.now() + offset(),
});
