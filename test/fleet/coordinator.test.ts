import { afterAll, beforeAll, expect, it } from 'vitest';
import { Coordinator } from '../../src/fleet/coordinator.ts';
import { loadScenario } from '../../src/scenario/index.ts';
import { simulate } from '../../src/simulate/index.ts';
import { fakeWorker } from '../support/fake-worker.ts';
import { connectTo } from '../support/fleet.ts';
import { NatsServer, withNats } from '../support/nats.ts';
import { temporaryDirectory } from '../support/world.ts';

const SEED = 1;
const SCENARIO = `name: shared
seed: ${SEED}
duration: 100ms
settle: 100ms
clients: { count: 2 }
`;

withNats('a coordinator', () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await NatsServer.start();
  });
  afterAll(() => server.stop());

  async function play(workers: number, notes: string[] = []) {
    const nats = await connectTo(server.url);
    const loaded = loadScenario(SCENARIO, null);
    if ('problems' in loaded) throw new Error('no sound scenario');
    return simulate({
      scenario: loaded.scenario,
      text: SCENARIO,
      seed: SEED,
      replay: () => '',
      command: 'wsdiag',
      out: temporaryDirectory(),
      signal: new AbortController().signal,
      play: (options) =>
        new Coordinator(nats, {
          workers,
          onLost: 'continue',
          waitMs: 30_000,
          collectWithinMs: 300,
          onNote: (note) => notes.push(note),
        }).play(options),
    });
  }

  it('gives up logs that a worker can’t send, though the worker is there', async () => {
    const nats = await connectTo(server.url);
    const worker = fakeWorker(nats, 'full', (message) => {
      const status = worker.statusNow();
      return message.type === 'ping' && status.state === 'played'
        ? { ...status, error: 'no room' }
        : undefined;
    });
    const notes: string[] = [];
    const { verdict, doubts } = await play(1, notes);
    expect(notes).toEqual([expect.stringMatching(/^logs of full are not here/)]);
    expect(verdict).toBe('unknown');
    expect(doubts.map(({ code }) => code)).toContain('log-missing');
    await nats.close();
  });

  it('stops those that know when to start, before they do, where one can’t be told', async () => {
    const nats = await connectTo(server.url);
    const sound = fakeWorker(nats, 'one');
    fakeWorker(nats, 'other', ({ type }) => (type === 'start' ? null : undefined));
    await expect(play(2)).rejects.toThrow(/^other: does not answer/);
    const begins = sound.told.flatMap(({ message }) => ('at_ms' in message ? message.at_ms : []));
    const stops = sound.told.flatMap(({ message, at }) => (message.type === 'stop' ? at : []));
    expect(begins).toHaveLength(1);
    expect(stops[0]).toBeLessThan(begins[0] as number);
  });
});
