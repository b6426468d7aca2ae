import fs from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readLines } from '../support/cli.ts';
import { playStorm, startWorker } from '../support/fleet.ts';
import { NatsServer, withNats } from '../support/nats.ts';

const SCENARIO = `name: shared
seed: 3
duration: 900ms
settle: 10s
clients: { count: 5, ramp_up: 100ms, backoff: { policy: fixed, base: 20ms, max: 20ms } }
timeline:
  - { at: 300ms, fault: drop, share: 60% }
  - { at: 600ms, fault: restart_server, how: crash, down_for: 100ms }
`;

withNats('a storm of two workers', () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await NatsServer.start();
  });
  afterAll(() => server.stop());

  it('is played by both, and leaves all their logs where it is judged', async () => {
    const workers = [await startWorker(server.url), await startWorker(server.url)];
    const { notes, directory: run } = await playStorm(server.url, SCENARIO).ended;
    expect(notes).toEqual([]);
    const sessions = [1, 2].map((worker) => sessionsIn(run, `client-${worker}.ndjson`));
    expect(sessions.map(({ size }) => size)).toEqual([3, 2]);
    const [one = [], other = []] = sessions.map((each) => [...each]);
    expect(sessionsIn(run, 'server.ndjson')).toEqual(new Set([...one, ...other]));
    const faults = readLines(run, 'faults.ndjson');
    expect(count(faults, 'worker_joined')).toBe(2);
    expect(count(faults, 'worker_left')).toBe(2);
    expect(count(faults, 'worker_lost')).toBe(0);
    const hits = [1, 2].flatMap((worker) => readLines(run, `faults-${worker}.ndjson`));
    expect(hits.filter(({ fault }) => fault === 'drop')).toHaveLength(3);
    expect(hits.filter(({ fault }) => fault === 'restart_server')).toHaveLength(5);
    // What has arrived is kept nowhere else.
    for (const { directory, worker } of workers) {
      expect(fs.readdirSync(directory)).toEqual([]);
      expect(worker.info.busy).toBe(false);
    }
  });
});

const count = (lines: { event: string }[], wanted: string) =>
  lines.filter(({ event }) => event === wanted).length;

function sessionsIn(run: string, log: string): Set<unknown> {
  const opened = readLines(run, log).filter(({ event }) => event === 'connection_opened');
  return new Set(opened.map(({ session_id }) => session_id));
}
