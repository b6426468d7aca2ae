import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { reportJson } from '../../src/report/index.ts';
import { judgeRun } from '../../src/simulate/judge.ts';
import {
  type Outcome,
  QUICK_SCENARIOS,
  readSummary,
  runCli,
  runDirectoryIn,
  runProcess,
  scenarioFile,
  shipped,
} from '../support/cli.ts';
import { storedRun } from '../support/stored-run.ts';
import { firstOf, isThorough, itThoroughly } from '../support/thorough.ts';
import { temporaryDirectory } from '../support/world.ts';

async function simulated(file: string) {
  const out = temporaryDirectory();
  const outcome = await runCli(['simulate', file, '--out', out]);
  return { out, run: runDirectoryIn(out), outcome };
}

const EVENTFUL = `name: eventful
seed: 1
duration: 1s
clients: { count: 5, backoff: { policy: fixed, base: 20ms } }
timeline:
  - { at: 300ms, fault: drop, share: 50% }
  - { at: 400ms, fault: duplicate_tab, count: 1 }
  - { at: 500ms, fault: restart_server, how: crash, down_for: 100ms }
  - { at: 800ms, fault: refresh, within: 0s, count: 2 }
expect:
  losses: ">= 5"
`;

let passed: string;

beforeAll(async () => {
  const { run, remove } = await storedRun(QUICK_SCENARIOS.pass);
  passed = run;
  return remove;
});

function copyOfPass(): string {
  const run = path.join(temporaryDirectory(), 'run');
  fs.cpSync(passed, run, { recursive: true });
  return run;
}

/** What is printed of a result, without the command that made it. */
const printed = (stdout: string) => stdout.replace(/^ +replay .*\n/m, '');

describe('a run directory', () => {
  it.each(
    firstOf<[string, string, number]>(
      ['with findings', QUICK_SCENARIOS.fail, 1],
      ['that passes', EVENTFUL, 0],
      ['with findings that must occur', shipped('must-fail/resets-on-refresh.yaml'), 0],
      ['that nobody can judge', QUICK_SCENARIOS.unknown, 3],
    ),
  )('%s is judged again as it was', async (_, scenario, expected) => {
    const file = scenario.includes('\n') ? scenarioFile(scenario) : scenario;
    const { out, run, outcome } = await simulated(file);
    expect(outcome.code).toBe(expected);

    const judged = JSON.parse(reportJson(await judgeRun(run)));
    // The command that runs it again differs.
    expect(readSummary(run)).toEqual({ ...judged, replay: expect.any(String) });

    const again = [run, path.join(out, 'latest')].map(async (directory) => {
      const { code, stdout } = await runCli(['check', directory]);
      expect(code).toBe(expected);
      expect(printed(stdout).replaceAll(directory, run)).toBe(printed(outcome.stdout));
    });
    await Promise.all(again);
  });

  it('has a command that replays it', async () => {
    const run = copyOfPass();
    const { stdout } = await runCli(['check', run]);
    const [, replay] = /^ +replay +wsdiag (.*)$/m.exec(stdout) ?? [];
    expect(replay).toBe(`simulate ${run}/scenario.yaml`);
    const how = isThorough ? ['--out', temporaryDirectory()] : ['--plan'];
    expect(await runCli([...(replay ?? '').split(' '), ...how])).toMatchObject({ code: 0 });
  });

  itThoroughly('is replayed by its own name where a link led to it', async () => {
    const run = copyOfPass();
    const out = path.dirname(run);
    fs.symlinkSync('run', path.join(out, 'latest'));
    const replayIn = ({ stdout }: Outcome) => /^ +replay +(.*)$/m.exec(stdout)?.[1];
    const real = fs.realpathSync(run);
    const whole = await runCli(['check', path.join(out, 'latest')]);
    expect(replayIn(whole)).toBe(`wsdiag simulate ${real}/scenario.yaml`);
    const inThere = await runProcess(['check', 'latest/'], { cwd: out });
    expect(replayIn(inThere)).toBe('wsdiag simulate run/scenario.yaml');
  });

  it('without its scenario is unknown', async () => {
    const run = copyOfPass();
    fs.rmSync(path.join(run, 'scenario.yaml'));
    const { code, stdout } = await runCli(['check', run]);
    expect(code).toBe(3);
    expect(stdout).toContain('There is no scenario');
  });

  it.each(['server', 'client', 'faults'])('without its %s log is unknown', async (log) => {
    const run = copyOfPass();
    fs.rmSync(path.join(run, `${log}.ndjson`));
    const { code, stdout } = await runCli(['check', run]);
    expect(code).toBe(3);
    expect(stdout).toContain(`There is no ${log} log.`);
  });

  it('that is empty exits 2', async () => {
    const { code, stderr } = await runCli(['check', temporaryDirectory()]);
    expect(code).toBe(2);
    expect(stderr).toContain('no logs (*.ndjson, *.jsonl, *.log, *.json) are here');
  });

  it('beside others is named one at a time', async () => {
    const out = path.dirname(copyOfPass());
    const { code, stderr } = await runCli(['check', out]);
    expect(code).toBe(2);
    expect(stderr).toContain(`name one, as ${path.join(out, 'run')}`);
  });

  it('is read once where one of its logs is named beside it', async () => {
    const run = copyOfPass();
    const { code, stdout } = await runCli(['check', run, path.join(run, 'client.ndjson')]);
    expect(code).toBe(0);
    expect(stdout.match(/client\.ndjson \(\d+ lines\)/g)).toHaveLength(1);
  });
});

describe('logs alone', () => {
  it.each([
    ['session_id', 'No line names a session, so no connection can be told to be a reconnect', 1],
    ['connection_sequence', 'No line has a connection_sequence, so numbers are not checked', 0],
  ])('that lack %s where it was looked for say what to do', async (field, message, exitCode) => {
    const line = { time: '2026-01-01T00:00:00Z', close_code: 1006, sid: 'a', seq: 1 };
    const known = { session_id: 'sid', connection_sequence: 'seq', [field]: 'nowhere.there' };
    const maps = Object.entries(known).flatMap(([name, at]) => ['--map', `${name}=${at}`]);
    const file = path.join(temporaryDirectory(), 'log.ndjson');
    fs.writeFileSync(file, `${JSON.stringify(line)}\n`);
    const { code, stderr } = await runCli(['check', file, ...maps]);
    expect(code).toBe(exitCode);
    expect(stderr).toContain(
      `${message}. If these logs have one under another name, say which with --map ${field}=PATH.`,
    );
  });

  it('have no run directory for a report', async () => {
    const { code, stdout, stderr } = await runCli([
      'check',
      path.join(passed, 'server.ndjson'),
      '--reporter',
      'html',
    ]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('--reporter html=report.html');
  });

  it('are judged without what the scenario expects', async () => {
    const expected = `${QUICK_SCENARIOS.fail}expect: { findings: [sequence-not-from-one] }\n`;
    const { run, outcome } = await simulated(scenarioFile(expected));
    expect(outcome.code).toBe(0);
    const [server, client] = ['server', 'client'].map((log) => path.join(run, `${log}.ndjson`));
    const both = await runCli(['check', server as string, client as string]);
    expect(both.code).toBe(1);
    expect(both.stdout).toContain('sequence-not-from-one');
    const alone = await runCli(['check', server as string]);
    expect(alone.code).toBe(0);
    expect(alone.stdout).toContain(`✔ pass  ${server}`);
  });

  it('pass where nothing is wrong', async () => {
    const logs = ['server.ndjson', 'client.ndjson'].map((log) => path.join(copyOfPass(), log));
    expect((await runCli(['check', ...logs])).code).toBe(0);
  });
});

it('exits 2 for a directory of runs, whatever else is in it', async () => {
  const runs = temporaryDirectory();
  fs.cpSync(passed, path.join(runs, 'quick-pass'), { recursive: true });
  fs.symlinkSync('quick-pass', path.join(runs, 'latest'));
  fs.writeFileSync(path.join(runs, 'run.json'), '{}\n');
  const { code, stdout, stderr } = await runCli(['check', runs]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toBe(
    `wsdiag: ${runs}: the logs of several runs are here; name one, as ${runs}/latest\n`,
  );
});

it.each([['missing'], ['missing.ndjson', 'client.ndjson']])('%j exits 2', async (...names) => {
  const directory = temporaryDirectory();
  const paths = names.map((name) => path.join(directory, name));
  const { code, stdout, stderr } = await runCli(['check', ...paths]);
  expect(code).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toBe(`wsdiag: ${paths[0]}: no such file or directory\n`);
});
