import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sessionIdOf } from '../../src/core/session-ids.ts';
import { makePlan, renderPlan, type Scenario } from '../../src/scenario/index.ts';
import { portionSize } from '../../src/scenario/scenario.ts';
import { runs } from '../support/thorough.ts';
import { scenarioOf } from './support.ts';

const yaml = (count: number, ...entries: string[]) =>
  [
    'name: x',
    'duration: 10s',
    `clients: { count: ${count}, ramp_up: 1s, defect: { name: omits-sequence, share: 30% } }`,
    'timeline:',
    ...(entries.length === 0 ? ['  []'] : entries.map((entry) => `  - { ${entry} }`)),
  ].join('\n');

const planOf = (scenario: Scenario, seed: number) => makePlan(scenario, seed);

describe('makePlan', () => {
  const drops = scenarioOf(
    yaml(50, 'at: 1s, fault: drop, share: 40%', 'every: 1s, fault: drop, count: 3'),
  );

  test('is the same for the same seed, and another for another', () => {
    expect(planOf(drops, 1)).toEqual(planOf(drops, 1));
    expect(planOf(drops, 1).hits).not.toEqual(planOf(drops, 2).hits);
    expect(planOf(drops, 1).defective).not.toEqual(planOf(drops, 2).defective);
  });

  test('spreads the first dials evenly over the ramp-up', () => {
    const { dials } = planOf(scenarioOf(yaml(4)), 1);
    expect(dials).toEqual([
      { atMs: 0, client: 1 },
      { atMs: 250, client: 2 },
      { atMs: 500, client: 3 },
      { atMs: 750, client: 4 },
    ]);
  });

  test('orders hits by time, then by entry', () => {
    const scenario = scenarioOf(
      yaml(5, 'every: 3s, fault: drop', 'at: 3s, fault: refresh', 'at: 1s, fault: restart_server'),
    );
    expect(
      planOf(scenario, 1).hits.map(({ atMs, entry, clients }) => [atMs, entry, clients]),
    ).toEqual([
      [1000, 2, 'all'],
      [3000, 0, 'all'],
      [3000, 1, 'all'],
      [6000, 0, 'all'],
      [9000, 0, 'all'],
    ]);
  });

  test('restarts node after node, or all at once', () => {
    const restarts = (entry: string) => {
      const scenario = scenarioOf(`${yaml(5, entry)}\nserver: { nodes: 3 }`);
      return planOf(scenario, 1).hits.map(({ atMs, params }) => [atMs, params.node]);
    };
    expect(restarts('at: 1s, fault: restart_server, drain: 1s, rolling: { pause: 500ms }')).toEqual(
      [
        [1000, 1],
        [3500, 2],
        [6000, 3],
      ],
    );
    expect(restarts('at: 1s, fault: restart_server')).toEqual([
      [1000, 1],
      [1000, 2],
      [1000, 3],
    ]);
    expect(restarts('at: 1s, fault: restart_server, node: 2')).toEqual([[1000, 2]]);
  });

  test('begins a period at `from`, and ends it before `until`', () => {
    const scenario = scenarioOf(yaml(5, 'every: 500ms, from: 0s, until: 1s, fault: drop'));
    expect(planOf(scenario, 1).hits.map(({ atMs }) => atMs)).toEqual([0, 500]);
  });

  test('hits the same clients with each press of F5, and says how long a fault lasts', () => {
    const scenario = scenarioOf(
      yaml(
        50,
        'at: 1s, fault: refresh, times: 3, within: 300ms, count: 5',
        'at: 2s, fault: offline, for: 1s',
      ),
    );
    const [first, second, third, offline] = planOf(scenario, 1).hits;
    expect([first?.atMs, second?.atMs, third?.atMs]).toEqual([1000, 1100, 1200]);
    expect(second?.clients).toEqual(first?.clients);
    expect(third?.clients).toEqual(first?.clients);
    expect(offline).toMatchObject({ params: { for: 1000 } });
  });

  test('draws anew for each occurrence, and for two entries alike', () => {
    const scenario = scenarioOf(
      yaml(1000, 'every: 4s, fault: drop, count: 10', 'every: 4s, fault: drop, count: 10'),
    );
    const drawn = planOf(scenario, 1).hits.map(({ clients }) => JSON.stringify(clients));
    expect(new Set(drawn).size).toBe(4);
  });

  test("an entry more, wherever it stands, does not change another's draw", () => {
    const entry = 'every: 1s, fault: drop, count: 10';
    const alone = planOf(scenarioOf(yaml(100, entry)), 7).hits;
    for (const other of [
      'at: 500ms, fault: drop, count: 7',
      'at: 1s, fault: refresh, share: 20%',
    ]) {
      for (const entries of [
        [other, entry],
        [entry, other],
      ]) {
        const hits = planOf(scenarioOf(yaml(100, ...entries)), 7).hits;
        const index = entries.indexOf(entry);
        const mine = hits.filter((hit) => hit.entry === index);
        expect(mine.map(({ clients }) => clients)).toEqual(alone.map(({ clients }) => clients));
      }
    }
  });

  test('chooses the right number of distinct clients, within the duration', () => {
    const portion = fc.oneof(
      fc.integer({ min: 0, max: 100 }).map((percent) => `share: ${percent}%`),
      fc.integer({ min: 1, max: 50 }).map((count) => `count: ${count}`),
    );
    const size = fc.integer({ min: 50, max: 300 });
    const everyMs = fc.integer({ min: 100, max: 5000 });
    const property = fc.property(
      fc.maxSafeNat(),
      size,
      portion,
      everyMs,
      (seed, count, ...entry) => {
        const [written, period] = entry;
        const text = yaml(count, `every: ${period}ms, from: 4s, fault: drop, ${written}`);
        const scenario = scenarioOf(text);
        const chosen = portionSize(scenario.timeline[0]?.portion ?? 'all', count);
        for (const { atMs, clients } of planOf(scenario, seed).hits) {
          expect(atMs).toBeLessThan(10_000);
          const distinct = new Set(clients as number[]);
          expect(clients).toHaveLength(chosen);
          expect(distinct.size).toBe(chosen);
          expect([...distinct].every((client) => client >= 1 && client <= count)).toBe(true);
        }
      },
    );
    fc.assert(property, { numRuns: runs(200) });
  });

  test('chooses every client about as often as any other', () => {
    const scenario = scenarioOf(yaml(10, 'every: 10ms, fault: drop, count: 3'));
    const times = new Map<number, number>();
    const hits = planOf(scenario, 3).hits;
    for (const client of hits.flatMap(({ clients }) => clients as number[])) {
      times.set(client, (times.get(client) ?? 0) + 1);
    }
    expect(times.size).toBe(10);
    const expected = (hits.length * 3) / 10;
    for (const each of times.values()) expect(Math.abs(each - expected)).toBeLessThan(expected / 4);
  });
});

describe('portionSize', () => {
  test.each([
    ['all', 7, 7],
    [{ count: 3 }, 7, 3],
    [{ share: 0.5 }, 7, 4],
    [{ share: 0.4 }, 25, 10],
    [{ share: 0.01 }, 7, 1],
    [{ share: 0 }, 7, 0],
    [{ share: 1 }, 7, 7],
  ] as const)('%o of %i is %i', (portion, total, size) => {
    expect(portionSize(portion, total)).toBe(size);
  });
});

describe('renderPlan', () => {
  const text = (scenario: Scenario, seed: number) => renderPlan(makePlan(scenario, seed), scenario);

  test('names the seed, the dials, the defect and each hit', () => {
    const scenario = scenarioOf(
      yaml(
        4,
        'at: 2s, fault: drop, how: fin, count: 2',
        'at: 3s, fault: restart_server',
        'at: 4s, fault: reject_handshakes, for: 1500ms, share: 12.5%',
        'at: 5s, fault: close, reason: "a b\\e"',
      ),
    );
    expect(text(scenario, 42)).toBe(`seed 42
4 clients dial over 1s; faults for 10s, then 10s to settle
defect omits-sequence: 1 client: client-1
    2.000s  drop how=fin: 2 clients: client-1, client-3
    3.000s  restart_server how=graceful down_for=1s: server
    4.000s  reject_handshakes for=1.5s status=503 share=12.5%: server
    5.000s  close code=1000 reason="a b\\u001b" by=server: all clients
client-1  session ${sessionIdOf(42, 'client-1', 1)}
client-2  session ${sessionIdOf(42, 'client-2', 1)}
client-3  session ${sessionIdOf(42, 'client-3', 1)}
client-4  session ${sessionIdOf(42, 'client-4', 1)}
`);
  });

  test('cuts long lists', () => {
    const scenario = scenarioOf(
      yaml(200, 'at: 1s, fault: drop, count: 51', 'at: 2s, fault: drop, count: 50'),
    );
    const [cut, whole] = text(scenario, 1).split('\n').slice(3);
    expect(cut).toMatch(/51 clients: (client-\d+, ){20}… and 31 more$/);
    expect(whole).toMatch(/50 clients: (client-\d+, ){49}client-\d+$/);
  });

  test('differs beyond its first line for another seed', () => {
    const scenario = scenarioOf(yaml(2000, 'at: 1s, fault: drop, count: 500'));
    const withoutSeed = (seed: number) => text(scenario, seed).split('\n').slice(1);
    expect(withoutSeed(1)).not.toEqual(withoutSeed(2));
  });
});
