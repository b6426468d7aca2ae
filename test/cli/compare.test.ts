import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { reportJson } from '../../src/report/index.ts';
import { run } from '../compare/results.ts';
import { runCli } from '../support/cli.ts';
import { temporaryDirectory } from '../support/world.ts';

/** A directory of runs, each with its p95. */
function runsIn(directory: string, ...recoveries: (number | null)[]): string {
  recoveries.forEach((recovery_p95, index) => {
    const own = path.join(directory, `run-${index}`);
    fs.mkdirSync(own, { recursive: true });
    fs.writeFileSync(path.join(own, 'summary.json'), reportJson(run({ recovery_p95 })));
  });
  return directory;
}

const OLD = path.join(import.meta.dirname, '../fixtures/summaries/version-1.json');

describe('wsdiag compare', () => {
  it('takes run directories, summaries, and directories of runs', async () => {
    const runs = runsIn(temporaryDirectory(), 1, 1.1, 1.05);
    fs.symlinkSync('run-0', path.join(runs, 'latest'));
    const interrupted = path.join(runs, 'run-3');
    fs.mkdirSync(interrupted);
    const cutShort = run({ recovery_p95: 9 }, { interrupted: true, verdict: 'unknown' });
    fs.writeFileSync(path.join(interrupted, 'summary.json'), reportJson(cutShort));
    const one = path.join(runs, 'run-0');
    const { code, stdout } = await runCli(['compare', `${one}/summary.json`, one, runs]);
    expect(code).toBe(0);
    expect(stdout).toContain('B: no difference beyond noise.\nC: no difference beyond noise.\n');
    expect(stdout).toContain('3 runs');
  });

  const SCENARIO = 'name: refresh-storm\nduration: 1s\nclients:\n  count: 2\n';
  const withScenario = (text: string) => {
    const own = path.join(runsIn(temporaryDirectory(), 1), 'run-0');
    fs.writeFileSync(path.join(own, 'scenario.yaml'), text);
    return own;
  };

  it('names what the runs’ scenarios have otherwise', async () => {
    const one = withScenario(`${SCENARIO}  backoff: { policy: fixed }\nsettle: 10s\n`);
    const other = withScenario(`${SCENARIO}  backoff: { policy: full-jitter, base: 300ms }\n`);
    const { stdout } = await runCli(['compare', one, other]);
    expect(stdout).toContain(`1 run
clients.backoff.policy: fixed → full-jitter
clients.backoff.base: default → 300ms

`);
    const { stdout: json } = await runCli(['compare', one, other, OLD, '--json']);
    expect(JSON.parse(json).settings[0]).toEqual({
      setting: 'clients.backoff.policy',
      values: ['fixed', 'full-jitter', null],
    });
    expect((await runCli(['compare', one, one])).stdout).not.toContain('→');
  });

  it('takes a baseline for a side', async () => {
    const run = path.join(runsIn(temporaryDirectory(), 1), 'run-0');
    const file = path.join(temporaryDirectory(), 'baseline.yaml');
    const entry = '{ seed: 42, plan_hash: null, runs: 3, metrics: { recovery_p95_seconds: 3 } }';
    const text = `baseline_version: 1\nscenarios:\n  refresh-storm: ${entry}\n`;
    fs.writeFileSync(file, text);
    const { code, stdout } = await runCli(['compare', file, run]);
    expect(code).toBe(0);
    expect(stdout).toContain('Recovery p95 fell from 3 s to 1 s');
    expect(stdout).not.toContain('stands out');
    fs.writeFileSync(file, `${text}  other: ${entry}\n`);
    expect((await runCli(['compare', run, file])).stdout).toContain('rose from 1 s to 3 s');
    const none = await runCli(['compare', file, file]);
    expect(none).toMatchObject({ code: 2, stdout: '' });
    expect(none.stderr).toContain('has baselines of refresh-storm, other; compare it with runs of');
    fs.writeFileSync(file, text.replace('seconds', 'secs'));
    expect((await runCli(['compare', run, file])).stderr).toContain(`${file}:3:`);
  });

  it('takes summaries of version 1', async () => {
    const { code, stdout } = await runCli(['compare', OLD, OLD]);
    expect(code).toBe(0);
    expect(stdout).toContain('\nNo difference beyond noise.\n');
  });

  it('exits with 1 where a change is more than may be, and with 3 where nobody knows', async () => {
    const [was, slower, unmeasured] = [1, 2, null].map((p95) => runsIn(temporaryDirectory(), p95));
    const exitCodeOf = async (...args: string[]) =>
      (await runCli(['compare', was as string, ...args])).code;
    const limit = ['--fail-on', 'recovery_p95>+20%'];
    expect(await exitCodeOf(slower as string)).toBe(0);
    expect(await exitCodeOf(slower as string, ...limit)).toBe(1);
    expect(await exitCodeOf(was as string, ...limit)).toBe(0);
    expect(await exitCodeOf(unmeasured as string, ...limit)).toBe(3);
    expect(await exitCodeOf(unmeasured as string, slower as string, ...limit)).toBe(1);
  });

  it('prints JSON', async () => {
    const runs = runsIn(temporaryDirectory(), 1);
    const { code, stdout } = await runCli(['compare', runs, runs, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ headlines: ['No difference beyond noise.'] });
  });

  it('writes a page', async () => {
    const file = path.join(temporaryDirectory(), 'pages/compare.html');
    const { code } = await runCli(['compare', OLD, OLD, '--reporter', `html=${file}`]);
    expect(code).toBe(0);
    expect(fs.readFileSync(file, 'utf8')).toMatch(/^<!doctype html>.*<svg .*<\/html>\n$/s);
  });

  it('refuses what can not be compared, with the place', async () => {
    const runs = runsIn(temporaryDirectory(), 1);
    const other = path.join(runs, 'other');
    fs.mkdirSync(other);
    fs.writeFileSync(path.join(other, 'summary.json'), reportJson(run({}, { name: 'other' })));
    const damaged = path.join(temporaryDirectory(), 'summary.json');
    fs.writeFileSync(damaged, '{ "summary_version": 2 }');
    const empty = temporaryDirectory();
    const refused = async (...args: string[]) => {
      const { code, stdout, stderr } = await runCli(['compare', ...args]);
      expect([code, stdout]).toEqual([2, '']);
      return stderr;
    };
    expect(await refused(OLD)).toContain('there is one run; name another');
    expect(await refused(OLD, 'nowhere')).toContain('nowhere is not there');
    expect(await refused(OLD, empty)).toContain(`${empty} has no run in it`);
    expect(await refused(OLD, runs)).toMatch(
      /has runs of several scenarios \(other, refresh-storm\)/,
    );
    expect(await refused(OLD, damaged)).toContain(
      `${damaged} is no summary that can be read: verdict`,
    );
    expect(await refused(OLD, OLD, '--reporter', `html=${OLD}`)).toContain('is there to be read');
    expect(await refused(OLD, OLD, '--reporter', 'junit')).toContain('It must be html=FILE.');
    expect(await refused(OLD, OLD, '--fail-on', 'losses>3')).toContain(
      'At character 8 of "losses>3", expected "+"',
    );
  });
});
