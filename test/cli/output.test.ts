import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../src/report/text-width.ts';
import {
  type HereOptions,
  hasTerminal,
  isLinux,
  preloaded,
  QUICK_SCENARIOS,
  readLines,
  runCli,
  runDirectoryIn,
  runProcess,
  scenarioFile,
  shipped,
  startProcess,
} from '../support/cli.ts';
import { closed } from '../support/session-lines.ts';
import { firstOf, isThorough, itThoroughly } from '../support/thorough.ts';
import { temporaryDirectory } from '../support/world.ts';

const ESCAPE = '\u001b';
const CURSOR_HIDDEN = `${ESCAPE}[?25l`;
const CURSOR_SHOWN = `${ESCAPE}[?25h`;
const COLOUR = new RegExp(`${ESCAPE}\\[[\\d;]*m`);
const GREEN = `${ESCAPE}[32m`;
const PROGRESS =
  /^quick-pass (?:settling )?\d\.\d\/0\.2 s · \d\/\d connected · \d loss(?:es)? · \d attempts? · /m;
const STACK = /^\s+at |Node\.js v/m;

const simulateQuick = (
  verdict: keyof typeof QUICK_SCENARIOS,
  options: HereOptions & { args?: string[] } = {},
) => runCli(quickRun(verdict, options.args), options);

/** A log that comes to that verdict, which takes less time than a run. */
function logWith(verdict: 'pass' | 'fail'): string {
  const file = path.join(temporaryDirectory(), 'server.ndjson');
  const lines = verdict === 'pass' ? [closed(1), closed(2)] : [closed(1), closed(1)];
  fs.writeFileSync(file, lines.map((one) => `${JSON.stringify(one)}\n`).join(''));
  return file;
}

const quickRun = (verdict: keyof typeof QUICK_SCENARIOS, args: readonly string[] = []) => [
  'simulate',
  scenarioFile(QUICK_SCENARIOS[verdict]),
  '--out',
  temporaryDirectory(),
  ...args,
];

describe('without a terminal', () => {
  it('has plain progress lines on stderr, and no escape sequence anywhere', async () => {
    const marks = { pass: '✔ pass', fail: '✖ fail', unknown: '? unknown' } as const;
    const codes = { pass: 0, fail: 1, unknown: 3 } as const;
    const runs = firstOf<keyof typeof marks>('pass', 'unknown', 'fail').map(async (verdict) => {
      const { code, stdout, stderr } = await simulateQuick(verdict);
      expect(code).toBe(codes[verdict]);
      expect(stdout + stderr).not.toContain(ESCAPE);
      expect(stderr.trimEnd().split('\n')).toEqual([
        expect.stringMatching(/^quick-\w+: seed 1; replay with: wsdiag simulate \S+ --seed 1$/),
        expect.stringMatching(/^quick-\w+ (?:settling )?\d\.\d\/0\.2 s · /),
      ]);
      expect(stdout).toContain(`\n\n${marks[verdict]}  quick-${verdict}\n  run `);
    });
    await Promise.all(runs);
  });

  const env = { FORCE_COLOR: '1' };

  it('has colours where they are asked for', async () => {
    const { stdout } = await runCli(['check', logWith('pass')], { env });
    expect(stdout).toContain(GREEN);
  });

  itThoroughly('has colours beside plain progress lines', async () => {
    const { stdout, stderr } = await simulateQuick('pass', { env });
    expect(stdout).toContain(GREEN);
    expect(stderr).toMatch(PROGRESS);
  });
});

const terminal = { terminal: true, before: 'stty cols 100 rows 30' };

describe.runIf(hasTerminal)('in a terminal', () => {
  it('draws one line over and over, and gives the cursor back', async () => {
    const { code, stdout } = await runProcess(quickRun('pass'), terminal);
    expect(code).toBe(0);
    expect(stdout).toContain(CURSOR_HIDDEN);
    expect(stdout.lastIndexOf(CURSOR_SHOWN)).toBeGreaterThan(stdout.lastIndexOf(CURSOR_HIDDEN));
    expect(stdout).toMatch(/quick-pass (?:settling )?\d\.\d\/0\.2 s/);
    expect(stdout).toContain(GREEN);
  });

  itThoroughly('gives the cursor back on a second signal', async () => {
    const out = temporaryDirectory();
    const cli = startProcess(['simulate', shipped('flaky.yaml'), '--out', out], terminal);
    await cli.until(/[1-9]\d* attempts?/);
    // Both at once: the second comes before the run can end by the first.
    cli.type('\u0003\u0003');
    const { code, stdout } = await cli.outcome;
    expect(code).toBe(130);
    expect(stdout.lastIndexOf(CURSOR_SHOWN)).toBeGreaterThan(stdout.lastIndexOf(CURSOR_HIDDEN));
  });

  itThoroughly('has a line that is drawn over with NO_COLOR too, but no colour', async () => {
    const { code, stdout } = await simulateQuick('pass', { columns: 100, env: { NO_COLOR: '1' } });
    expect(code).toBe(0);
    expect(stdout).toContain(CURSOR_HIDDEN);
    expect(stdout).toContain('✔ pass');
    expect(stdout).not.toMatch(COLOUR);
  });

  itThoroughly('has plain lines, and an end, where the terminal has no width', async () => {
    const { code, stdout } = await simulateQuick('pass', { columns: 0 });
    expect(code).toBe(0);
    expect(stdout).toMatch(PROGRESS);
    expect(stdout).not.toContain(CURSOR_HIDDEN);
  });
});

describe('a reader that goes away', () => {
  it.each<[string, () => string[], number]>(
    firstOf(
      ['findings', () => ['check', logWith('fail')], 1],
      ['a run that fails', () => quickRun('fail'), 1],
      ['a run that passes', () => quickRun('pass'), 0],
      ['a run that nobody can judge', () => quickRun('unknown'), 3],
    ),
  )('leaves the exit code of %s', async (_, args, expected) => {
    const cli = startProcess(args());
    cli.child.stdout.destroy();
    const { code, stderr } = await cli.outcome;
    expect(code).toBe(expected);
    expect(stderr).not.toMatch(STACK);
    expect(stderr).not.toContain('wsdiag:');
  });

  itThoroughly('leaves the exit code where it goes away from stderr', async () => {
    const cli = startProcess(['simulate', shipped('must-fail/starts-at-two.yaml'), '--seed', 'x']);
    cli.child.stderr.destroy();
    expect((await cli.outcome).code).toBe(2);
  });

  it.each(firstOf('schema', '--help', 'init -'))('is no error to %s', async (command) => {
    const cli = startProcess(command.split(' '));
    cli.child.stdout.destroy();
    const { code, stderr } = await cli.outcome;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});

describe.runIf(isLinux)('output to a full disk', () => {
  it.each(
    firstOf<['pass' | 'fail', string[]]>(
      ['pass', ['--plan', '--quiet']],
      ['pass', []],
      ['fail', []],
    ),
  )('exits 2 with a sentence: %s %j', async (verdict, args) => {
    const before = 'exec > /dev/full';
    const { code, stderr } = await runProcess(quickRun(verdict, args), { before });
    expect(code).toBe(2);
    expect(stderr.match(/^wsdiag: can't write the output: ENOSPC/gm)).toHaveLength(1);
    expect(stderr).not.toMatch(STACK);
  });

  itThoroughly('exits 2 where help has no room', async () => {
    const { code, stderr } = await runProcess(['--help'], { before: 'exec > /dev/full' });
    expect(code).toBe(2);
    expect(stderr).not.toMatch(STACK);
  });

  itThoroughly('keeps the exit code where only stderr has no room', async () => {
    const { code, stdout } = await runProcess(quickRun('fail'), { before: 'exec 2> /dev/full' });
    expect(code).toBe(1);
    expect(stdout).toContain('✖ fail');
  });
});

describe('--quiet', () => {
  it('prints nothing on a pass, of a scenario from stdin too', async () => {
    const out = temporaryDirectory();
    const args = ['simulate', '-', '--seed', '9', '--quiet', '--out', out];
    const { code, stdout, stderr } = await runCli(args, { input: QUICK_SCENARIOS.pass });
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(readLines(runDirectoryIn(out), 'client.ndjson')[0]?.event).toBe('client_started');
  });

  it.each(firstOf('fail' as const, 'unknown' as const))(
    'prints a %s, and how to replay it',
    async (verdict) => {
      const { stdout, stderr } = await simulateQuick(verdict, { args: ['-q'] });
      expect(stdout).toContain(`quick-${verdict}`);
      expect(stdout).toMatch(/replay +wsdiag simulate \S+ --seed 1$/m);
      expect(stderr).toBe('');
    },
  );
});

describe('--plan', () => {
  const plan = (...args: string[]) =>
    runCli(['simulate', shipped('flaky.yaml'), '--plan', ...args]);

  it('is the same each time, and another with another seed', async () => {
    const [one, again, other] = await Promise.all([plan(), plan(), plan('--seed', '43')]);
    expect(one.code).toBe(0);
    expect(one.stdout.split('\n').length).toBeGreaterThan(10);
    expect(again).toEqual(one);
    expect(other.stdout).not.toBe(one.stdout);
  });

  it('opens no socket, starts no process and makes no directory', async () => {
    const cwd = temporaryDirectory();
    const env = preloaded(`
      import { ChildProcess } from 'node:child_process';
      import net from 'node:net';
      const refuse = () => { throw new Error('--plan runs nothing'); };
      net.Socket.prototype.connect = refuse;
      net.Server.prototype.listen = refuse;
      ChildProcess.prototype.spawn = refuse;`);
    const { code, stderr } = await runProcess(['simulate', shipped('flaky.yaml'), '--plan'], {
      cwd,
      env,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(fs.readdirSync(cwd)).toEqual([]);
    if (isThorough) {
      const run = await runProcess(['simulate', shipped('flaky.yaml')], { cwd, env });
      expect(run.code).toBe(70);
    }
  });
});

describe('replaying', () => {
  it('names a seed that was drawn, the number of clients, and a file as a shell takes it', async () => {
    const text = QUICK_SCENARIOS.pass.replace('seed: 1\n', '');
    const directory = path.join(temporaryDirectory(), "it's here");
    fs.mkdirSync(directory);
    const file = scenarioFile(text, directory);
    const out = temporaryDirectory();
    const { stdout } = await runCli(['simulate', file, '--clients', '3', '--out', out]);
    const [, seed] = /^ +seed +(\d+)$/m.exec(stdout) ?? [];
    const quoted = `'${file.replace("'", "'\\''")}'`;
    expect(stdout).toContain(`wsdiag simulate ${quoted} --seed ${seed} --clients 3\n`);
    const asRun = fs.readFileSync(path.join(runDirectoryIn(out), 'scenario.yaml'), 'utf8');
    expect(asRun).toContain(`seed: ${seed}\n`);
    expect(asRun).toContain('count: 3');
  });
});

/** All that the help names. */
async function commands(): Promise<string[]> {
  const { stdout } = await runCli(['help']);
  const [, list = ''] = stdout.split('\nCommands:\n');
  const names = [...list.matchAll(/^ {2}([a-z]+) {2,}\S/gm)].map(([, name = '']) => name);
  expect(names.length).toBeGreaterThan(14);
  return names.filter((name) => name !== 'help');
}

describe('help', () => {
  it('of every command has an example, fits into 80 columns, and exits 0', async () => {
    const helps = ['', ...(await commands())].map(async (command) => {
      const args = [...(command ? [command] : []), '--help'];
      const { code, stdout, stderr } = await runCli(args);
      expect({ code, stderr }, command).toEqual({ code: 0, stderr: '' });
      expect(stdout, command).toMatch(/^Examples?\b.*:\n {2}\$ wsdiag /m);
      expect(stdout, command).toMatch(/^Usage: wsdiag/);
      for (const line of stdout.split('\n'))
        expect(displayWidth(line), line).toBeLessThanOrEqual(80);
    });
    await Promise.all(helps);
  });

  it('of one command is the same in either way, and -- comes before a command as before its arguments', async () => {
    const { stdout } = await runCli(['schema', '--help']);
    expect(stdout).toMatch(/^Usage: wsdiag schema/);
    expect(await runCli(['help', 'schema'])).toMatchObject({ code: 0, stdout });
    expect(await runCli(['--', 'schema'])).toEqual(await runCli(['schema']));
  });

  it('gives the version', async () => {
    const { version } = JSON.parse(
      fs.readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
    );
    expect(await runCli(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n` });
  });
});
