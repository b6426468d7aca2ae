import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { runCli, scenarioFile } from '../support/cli.ts';
import { itThoroughly } from '../support/thorough.ts';
import { temporaryDirectory } from '../support/world.ts';

const SCENARIO = `
name: still
seed: 3
duration: 200ms
clients: { count: 2 }
expect: { sessions: 2 }
`;

it('simulate --repeat runs a scenario so often, in directories of one, and tells all together', async () => {
  const out = temporaryDirectory();
  const baseline = path.join(out, 'baseline.yaml');
  const file = scenarioFile(SCENARIO);
  const { code, stdout, stderr } = await runCli([
    'simulate',
    file,
    '--out',
    out,
    '--repeat',
    '2',
    '--baseline',
    baseline,
  ]);
  expect(code).toBe(0);
  expect(stderr).toMatch(/^still 1\/2: seed 3;(?:.*\n)+still 2\/2: seed 3;/m);
  expect(stdout).toMatch(/^metric +median +least +most\nsessions +2 +2 +2\n/);
  expect(stdout).toContain('\n  ✔ sessions == 2: held in all 2 runs\n');
  expect(stdout).toMatch(
    /\n✔ pass {2}still, seed 3, 2 runs\n(?:.*\n){3}Wrote the baseline of still in .*\n$/,
  );
  const [directory = ''] = fs.readdirSync(out).filter((name) => name.startsWith('still-repeats-'));
  const { runs } = JSON.parse(fs.readFileSync(path.join(out, directory, 'repeats.json'), 'utf8'));
  expect(runs).toHaveLength(2);
  expect(fs.realpathSync(path.join(out, 'latest'))).toBe(
    fs.realpathSync(path.join(out, directory, runs[1])),
  );
  const compared = await runCli(['compare', path.join(out, directory), path.join(out, 'latest')]);
  expect(compared.stdout).toContain('still, seed 3, 2 runs\n');
});

itThoroughly(
  'simulate --repeat has the worst verdict, and tells of the runs that do not pass',
  async () => {
    const file = scenarioFile(SCENARIO.replace('sessions: 2', 'sessions: 3'));
    const out = temporaryDirectory();
    const { code, stdout } = await runCli(['simulate', file, '--out', out, '--repeat', '2']);
    expect(code).toBe(1);
    expect(stdout).toContain('\n  ✖ sessions == 3: held in none of 2 runs\n');
    expect(stdout).toContain('\n✖ fail  still, seed 3, 2 runs\n');
    expect(stdout).toContain('\n2 runs: 2 failed\n');
  },
);

it('simulate --repeat refuses one file for the documents of several runs', async () => {
  const file = scenarioFile(SCENARIO);
  const reporter = ['--reporter', 'html={name}.html'];
  const { code, stderr } = await runCli(['simulate', file, '--repeat', '2', ...reporter]);
  expect(code).toBe(2);
  expect(stderr).toContain("{name}.html can't hold html reports of several runs of one scenario");
});
