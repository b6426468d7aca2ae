import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { QUICK_SCENARIOS, runCli, runDirectoryIn, runProcess } from '../support/cli.ts';
import { storedRun } from '../support/stored-run.ts';
import { temporaryDirectory } from '../support/world.ts';

describe('commands without logs', () => {
  let cwd: string;
  beforeAll(async () => {
    const { run, remove } = await storedRun(QUICK_SCENARIOS.pass);
    cwd = fs.mkdtempSync(path.join(os.tmpdir(), 'wsdiag-test-'));
    fs.mkdirSync(path.join(cwd, 'wsdiag-runs'));
    fs.renameSync(run, path.join(cwd, 'wsdiag-runs/latest'));
    return () => {
      remove();
      fs.rmSync(cwd, { recursive: true, force: true });
    };
  });

  const here = (...args: string[]) => runProcess(args, { cwd });

  it('read the newest run', async () => {
    const [check, sessions, query, report, explain] = await Promise.all([
      here('check', '--json'),
      here('sessions', '--json'),
      here('query', 'SELECT count(*) AS lines FROM client_logs', '--json'),
      here('report'),
      here('explain'),
    ]);
    expect(explain.stdout).toContain('wsdiag-runs/latest/client.ndjson');
    expect(JSON.parse(check.stdout)).toMatchObject({ verdict: 'pass', name: 'quick-pass' });
    const { sessions: listed } = JSON.parse(sessions.stdout);
    expect(listed).toHaveLength(2);
    expect(JSON.parse(query.stdout)).toEqual([{ lines: expect.anything() }]);
    expect(report.stdout).toBe('Wrote wsdiag-runs/latest/report.html\n');
    const timeline = await here('timeline', listed[0].session_id);
    expect(timeline.stdout).toContain('wsdiag-runs/latest/client.ndjson');
  });

  it('say what to do where there is none', async () => {
    const nowhere = { cwd: temporaryDirectory() };
    for (const args of [
      ['explain'],
      ['check'],
      ['sessions'],
      ['timeline', 'x'],
      ['query', 'x'],
      ['report'],
    ]) {
      const { code, stdout, stderr } = await runProcess(args, nowhere);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toBe(
        'wsdiag: there is no wsdiag-runs/latest here to read; name logs, or make a run: wsdiag init && wsdiag simulate scenario.yaml\n',
      );
    }
  });
});

describe('the replay of a scenario from stdin', () => {
  it('is of its copy in the run directory, and plays it', async () => {
    const out = temporaryDirectory();
    const env = { npm_command: 'exec' };
    const input = QUICK_SCENARIOS.pass.replace('seed: 1\n', '');
    const { stdout, stderr } = await runCli(['simulate', '-', '--out', out, '--clients', '3'], {
      input,
      env,
    });
    const saved = path.join(runDirectoryIn(out), 'scenario.yaml');
    const [, seed] = /^ +seed +(\d+)$/m.exec(stdout) ?? [];
    expect(stdout).toContain(`\n  replay      npx wsdiag simulate ${saved}\n`);
    expect(stderr).toContain(`quick-pass: seed ${seed}\n`);
    expect(stderr).not.toContain('replay with');
    const plan = await runCli(['simulate', saved, '--plan']);
    expect(plan.stdout).toContain(`seed ${seed}`);
  });
});
