import fs from 'node:fs';
import { expect, it } from 'vitest';
import { loadScenario, makePlan } from '../../src/scenario/index.ts';
import { type LogLine, readLines, scenarioFile } from '../support/cli.ts';
import { AGAIN } from '../support/fleet.ts';
import { FleetProcesses } from '../support/fleet-processes.ts';
import { withNats } from '../support/nats.ts';

/** A machine that is busy plays late, but not so late as a worker with another clock would. */
const LATE_MS = 400;

const SEED = 11;
const SCENARIO = `name: dealt
seed: ${SEED}
duration: 3s
settle: 20s
clients: { count: 20, ramp_up: 300ms, backoff: { policy: fixed, base: 20ms, max: 20ms } }
timeline:
  - { at: 600ms, fault: drop, share: 40% }
  - { at: 1200ms, fault: refresh, count: 5 }
  - { at: 1800ms, fault: drop, share: 50%, how: rst }
  - { at: 2400ms, fault: close, count: 3 }
  - { at: 2900ms, fault: restart_server, how: crash, down_for: 100ms }
`;

withNats('a scenario and a seed', () => {
  it('make the same storm, whether one process plays it or seven', AGAIN, async () => {
    const alone = await storm([]);
    expect(alone.byClient.size).toBe(20);
    const some = await Promise.all([1, 2, 3].map((workers) => storm(withWorkers(workers))));
    for (const each of [...some, await storm(withWorkers(7))]) {
      expect(each.sessions).toEqual(alone.sessions);
      expect(each.hits).toEqual(alone.hits);
    }
  });
});

const withWorkers = (count: number) => ['--local-workers', String(count)];

/** Plays it, and holds what happened against the plan. */
async function storm(args: string[]) {
  const fleet = new FleetProcesses();
  const played = fleet.simulate(scenarioFile(SCENARIO), args);
  const ended = await played.ended();
  expect(ended).toMatchObject({ code: 0, verdict: 'pass' });
  expect(fleet.living()).toEqual([]);
  const { directory } = played;
  const lines = (name: string) =>
    fs
      .readdirSync(directory)
      .filter((file) => new RegExp(`^${name}(-\\d+)?\\.ndjson$`).test(file))
      .flatMap((file) => readLines(directory, file));
  const started = lines('client').filter(({ event }) => event === 'session_started');
  const sessions = new Map(started.map(({ session_id, client }) => [session_id, client]));
  const faults = lines('faults').filter(({ event }) => event === 'fault_injected');
  const hits = hitsOf(faults, sessions);
  expect(hits).toEqual(planned());
  expectOnTime(faults);
  return { sessions, hits, byClient: new Set(sessions.values()) };
}

const plan = () => {
  const loaded = loadScenario(SCENARIO, null);
  if ('problems' in loaded) throw new Error('no sound scenario');
  return makePlan(loaded.scenario, SEED);
};

/** Who is hit, by the fault's number. */
const planned = () => {
  const everyone = plan().dials.map(({ client }) => client);
  return plan().hits.map(({ clients }) =>
    (clients === 'all' ? everyone : clients).map((client) => `client-${client}`).toSorted(),
  );
};

const hitsOf = (faults: LogLine[], sessions: Map<unknown, unknown>) =>
  plan().hits.map((_, index) =>
    faults
      .filter(({ occurrence, session_id }) => occurrence === index + 1 && session_id !== null)
      .map(({ session_id }) => sessions.get(session_id))
      .toSorted(),
  );

/** Each is as long after the first as it is in the plan. */
function expectOnTime(faults: LogLine[]): void {
  const { hits } = plan();
  const at = ({ time }: LogLine) => Date.parse(String(time));
  const startedAt = Math.min(...faults.map(at)) - Number(hits[0]?.atMs);
  const late = faults.map((fault) => {
    const plannedMs = Number(hits[Number(fault.occurrence) - 1]?.atMs);
    return at(fault) - startedAt - plannedMs;
  });
  expect(Math.max(...late)).toBeLessThan(LATE_MS);
  expect(Math.min(...late)).toBeGreaterThan(-LATE_MS);
}
