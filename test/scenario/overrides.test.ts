import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CLIENTS_AS } from '../../src/core/habits.ts';
import type { Expectations } from '../../src/model/metrics.ts';
import { expectationOf } from '../../src/scenario/expectations.ts';
import { type Scenario, STARTER_SCENARIO, withOverrides } from '../../src/scenario/index.ts';
import { runs } from '../support/thorough.ts';
import { problemsOf, scenarioOf, sound } from './support.ts';

const shipped = readdirSync('scenarios')
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => readFileSync(`scenarios/${file}`, 'utf8'));

const byMetric = (one: { metric: string }, other: { metric: string }) =>
  one.metric.localeCompare(other.metric);

describe('withOverrides', () => {
  test('replaces the seed and the number of clients, and nothing else', () => {
    const text =
      '# why\nname: x\nseed: 1 # mine\nduration: 1s\nclients: {  count: 5, ramp_up: 1s }\n';
    expect(withOverrides(text, { seed: 42, clients: 300 })).toBe(
      '# why\nname: x\nseed: 42 # mine\nduration: 1s\nclients: {  count: 300, ramp_up: 1s }\n',
    );
    expect(withOverrides(text, {})).toBe(text);
  });

  test.each([
    ['block', sound(), 'name: x\nseed: 42\nduration: 10s\n'],
    [
      'indented block',
      '  name: x\n  duration: 1s\n  clients: { count: 1 }\n',
      '  name: x\n  seed: 42\n  duration: 1s\n',
    ],
    [
      'braces',
      '{ name: x, duration: 1s, clients: { count: 1 } }',
      '{ name: x, seed: 42, duration: 1s,',
    ],
    [
      'braces over lines',
      '{\n  name: x,\n  duration: 1s,\n  clients: { count: 1 }\n}',
      '{\n  name: x,\n  seed: 42, duration: 1s,',
    ],
    [
      'duration first',
      'duration: 1s\nname: x\nclients: { count: 1 }\n',
      'seed: 42\nduration: 1s\n',
    ],
    ['document marker', `--- # here\n${sound()}`, '--- # here\nname: x\nseed: 42\nduration: 10s\n'],
  ])('adds a seed to %s', (_, text, beginning) => {
    const seeded = withOverrides(text, { seed: 42 });
    expect(seeded.slice(0, beginning.length)).toBe(beginning);
    expect(scenarioOf(seeded)).toEqual({ ...scenarioOf(text), seed: 42 });
  });

  /** A line more moves those behind it. */
  const withoutPlaces = ({ expect, ...scenario }: Scenario) => ({
    ...scenario,
    expect: { ...expect, bounds: expect.bounds.map(({ where, ...bound }) => bound) },
  });

  test.each([
    ['nothing', ''],
    ['a section that is empty', 'expect:\n'],
    [
      'others',
      'expect:\n  losses: 3 # all\n  recovery_p95: "< 8s"\n  observations: { ghosts: none }\n',
    ],
  ])('puts bounds and observations beside %s', (_, written) => {
    const text = `${sound()}${written}`;
    const { bounds, observations } = withoutPlaces(scenarioOf(text)).expect;
    const asked = ['recovery_p95<4s', 'lockstep: none'].reduce(
      (earlier, text) => expectationOf(text, earlier),
      { bounds: [], findings: [], observations: [] } as Expectations,
    );
    const after = withoutPlaces(scenarioOf(withOverrides(text, { expect: asked }))).expect;
    expect(after.bounds.toSorted(byMetric)).toEqual(
      [
        ...bounds.filter(({ metric }) => metric !== 'recovery_p95'),
        { metric: 'recovery_p95', comparison: '<', value: 4, text: '<4s' },
      ].toSorted(byMetric),
    );
    expect(after.observations.toSorted()).toEqual([...observations, 'lockstep'].toSorted());
  });

  test('leaves it at no observation at all, and takes one bound on a metric', () => {
    const text = `${sound()}expect: { observations: none }\n`;
    const asked = expectationOf('lockstep: none');
    expect(scenarioOf(withOverrides(text, { expect: asked }))).toEqual(scenarioOf(text));
    const twice = expectationOf('losses>1', expectationOf('losses<3'));
    expect(() => withOverrides(text, { expect: twice })).toThrow('but one bound on losses');
  });

  test('loads as the same scenario, with what was replaced', () => {
    const text = fc.constantFrom(STARTER_SCENARIO, ...shipped);
    const property = fc.property(
      text,
      fc.maxSafeNat(),
      fc.integer({ min: 100, max: 20_000 }),
      fc.constantFrom(...CLIENTS_AS),
      (text, seed, clients, as) => {
        const before = withoutPlaces(scenarioOf(text));
        const after = withOverrides(Buffer.from(text), { seed, clients, as });
        const { clients: clientsAfter, ...rest } = withoutPlaces(scenarioOf(after));
        // In Node a client hears pings, so it has a timeout by default.
        const { heartbeatTimeoutMs, ...settings } = clientsAfter.settings;
        expect({ ...rest, clients: { ...clientsAfter, settings } }).toMatchObject({
          ...before,
          seed,
          clients: { ...before.clients, count: clients, as, settings },
        });
        expect(before.clients.settings).toMatchObject(settings);
        if (as !== 'node') expect(heartbeatTimeoutMs).not.toBe(30_000);
        expect(withOverrides(after, { seed, clients, as })).toBe(after);
      },
    );
    fc.assert(property, { numRuns: runs(50) });
  });

  test('leaves it to the loader to find what no longer fits', () => {
    const text = sound('timeline: [{ at: 1s, fault: drop, count: 4 }]');
    expect(problemsOf(withOverrides(text, { clients: 3 }))).toEqual([
      'f.yaml:5:42: "count" is 4, but there are only 3 clients',
    ]);
  });
});
