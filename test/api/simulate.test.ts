import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { EnvironmentError, ScenarioError, type ScenarioInput, simulate, UsageError } from 'wsdiag';
import { runCli } from '../support/cli.ts';
import { temporaryDirectory } from '../support/world.ts';

const TWO: ScenarioInput = {
  name: 'two',
  seed: 1,
  duration: '300ms',
  clients: { count: 2 },
  timeline: [{ at: '100ms', fault: 'drop' }],
  expect: { sessions: 2 },
};

/** Its file as it is, in a directory of its own. */
function fileOf(scenario: string): string {
  const file = path.join(temporaryDirectory(), 'storm.yaml');
  fs.writeFileSync(file, scenario);
  return file;
}

const FILE = 'name: two\n# So many of them.\nduration: 300ms\nclients: { count: 2 }\n';

describe('simulate', () => {
  it('resolves to what summary.json has, and tells how far it is', async () => {
    const shown: string[] = [];
    const out = temporaryDirectory();
    const summary = await simulate(TWO, { out, onProgress: ({ phase }) => shown.push(phase) });
    expect(summary).toMatchObject({ verdict: 'pass', name: 'two', seed: 1, interrupted: false });
    expect(summary.metrics).toMatchObject({ sessions: 2, unrecovered_sessions: 0 });
    const file = path.join(summary.run_dir as string, 'summary.json');
    expect(summary).toEqual(JSON.parse(fs.readFileSync(file, 'utf8')));
    expect(shown).toContain('running');
  });

  it('tells by a hash whether two runs had the same to get through', async () => {
    const hashOf = async (scenario: ScenarioInput) =>
      (await simulate(scenario, { out: temporaryDirectory() })).plan_hash;
    const clients = { count: 2, backoff: { policy: 'fixed' } } as const;
    const [hash, again, ofOthers] = await Promise.all(
      [TWO, { ...TWO, clients }, { ...TWO, clients: { count: 3 } }].map(hashOf),
    );
    expect(hash).toMatch(/^[0-9a-f]{16}$/);
    expect(again).toBe(hash);
    expect(ofOthers).not.toBe(hash);
  });

  it('takes what the flags say in place of the scenario', async () => {
    const options = { out: temporaryDirectory(), seed: 7, clients: 3, as: 'node' } as const;
    const expected = ['sessions: 4', 'lockstep: none'];
    const summary = await simulate(TWO, { ...options, expect: expected });
    expect(summary).toMatchObject({ seed: 7, verdict: 'fail', metrics: { sessions: 3 } });
    expect(summary.findings).toMatchObject([
      { code: 'threshold-crossed', details: { metric: 'sessions', bound: '4', value: '3' } },
    ]);
    const asRun = fs.readFileSync(path.join(summary.run_dir as string, 'scenario.yaml'), 'utf8');
    expect(asRun).toMatch(/seed: 7/);
    expect(asRun).toContain('as: node');
  });

  it('names the command that runs the same again', async () => {
    const file = fileOf(FILE);
    const out = temporaryDirectory();
    const ofFile = await simulate(file, { seed: 3, clients: 1, expect: 'sessions < 2', out });
    expect(ofFile.replay).toBe(
      `npx wsdiag simulate ${file} --seed 3 --clients 1 --expect 'sessions: < 2'`,
    );
    const ofObject = await simulate(TWO, { clients: 1, expect: 'sessions: 1', out });
    expect(ofObject.replay).toBe(`npx wsdiag simulate ${ofObject.run_dir}/scenario.yaml`);
    for (const replay of [ofFile.replay, ofObject.replay]) {
      const words = replay?.replaceAll("'sessions: < 2'", 'sessions:<2').split(' ').slice(2) ?? [];
      const plan = await runCli([...words, '--plan']);
      expect(plan).toMatchObject({ code: 0, stdout: expect.stringContaining('1 client dials') });
    }
  });

  it('ends early at the signal, with logs that are whole', async () => {
    const stop = new AbortController();
    const summary = await simulate(
      { ...TWO, duration: '1h', expect: {} },
      {
        out: temporaryDirectory(),
        signal: stop.signal,
        onProgress: ({ connected }) => connected === 2 && stop.abort(),
      },
    );
    expect(summary).toMatchObject({ interrupted: true, verdict: 'unknown', findings: [] });
    expect(summary.doubts.map(({ code }) => code)).toEqual(['interrupted']);
  });

  it('rejects with the reason of a signal that came before', async () => {
    const out = temporaryDirectory();
    const signal = AbortSignal.abort(new Error('changed my mind'));
    await expect(simulate(TWO, { out, signal })).rejects.toThrow('changed my mind');
    expect(fs.readdirSync(out)).toEqual([]);
  });

  it('rejects mistakes of a file by line and column', async () => {
    const file = fileOf(`${FILE}timeline: [{ at: 0s, fault: dorp }]\n`);
    const error = await simulate(file).catch((error) => error);
    expect(error).toBeInstanceOf(ScenarioError);
    const message = 'unknown fault "dorp"; did you mean "drop"?';
    expect(error.message).toBe(`${file}:5:29: ${message}`);
    expect(error.problems).toEqual([
      {
        file,
        line: 5,
        column: 29,
        path: 'timeline[0].fault',
        message,
        source: 'timeline: [{ at: 0s, fault: dorp }]',
      },
    ]);
  });

  it('rejects mistakes of an object, and of options that do not go with it, by their path', async () => {
    const wrong = { ...TWO, expct: {} } as ScenarioInput;
    await expect(simulate(wrong)).rejects.toThrow(
      'expct: unknown key "expct"; did you mean "expect"?',
    );
    const twoOfOne = { ...TWO, timeline: [{ at: '0s', fault: 'drop', count: 2 }] } as const;
    const error = await simulate(twoOfOne, { clients: 1 }).catch((error) => error);
    expect(error).toBeInstanceOf(ScenarioError);
    expect(error.problems).toMatchObject([{ file: null, path: 'timeline[0].count' }]);
  });

  it.each([
    ['lossses < 3', 'expect: There is no metric or observation "lossses"; did you mean "losses"?'],
    [['losses < 3', 'losses > 1'], 'a run can have but one bound on losses'],
  ])('rejects %j as what to expect', async (bound, message) => {
    const error = await simulate(TWO, { expect: bound }).catch((error) => error);
    expect(error).toBeInstanceOf(UsageError);
    expect(error.message).toBe(message);
  });

  it('rejects what is not there, or in the way', async () => {
    const missing = path.join(temporaryDirectory(), 'missing.yaml');
    const file = fileOf(FILE);
    const errors = [
      await simulate(missing).catch((error) => error),
      await simulate(file, { out: path.join(file, 'below') }).catch((error) => error),
    ];
    expect(errors.map((error) => error instanceof EnvironmentError)).toEqual([true, true]);
    expect(errors[0].message).toBe(`${missing}: no such file or directory`);
  });
});
