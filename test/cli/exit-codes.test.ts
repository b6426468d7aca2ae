import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { worst } from '../../src/cli/exit.ts';
import { openSessionStorageStore } from '../../src/real/session-storage.ts';
import {
  type Cli,
  children,
  isLinux,
  preloaded,
  QUICK_SCENARIOS,
  readLines,
  readSummary,
  runCli,
  runDirectoryIn,
  runProcess,
  scenarioFile,
  shipped,
  startCli,
  startProcess,
} from '../support/cli.ts';
import { firstOf, itThoroughly } from '../support/thorough.ts';
import { temporaryDirectory } from '../support/world.ts';

const quick = (verdict: keyof typeof QUICK_SCENARIOS) => scenarioFile(QUICK_SCENARIOS[verdict]);

describe('verdicts', () => {
  it('exits 0 on a pass, and 3 where one of its logs was cut', async () => {
    const out = temporaryDirectory();
    const { code, stdout } = await runCli(['simulate', quick('pass'), '--out', out]);
    expect(code).toBe(0);
    expect(stdout).toContain('✔ pass  quick-pass');
    expect(readSummary(runDirectoryIn(out))).toMatchObject({ verdict: 'pass', complete: true });

    const log = path.join(runDirectoryIn(out), 'server.ndjson');
    fs.truncateSync(log, fs.statSync(log).size - 40);
    const cut = await runCli(['check', runDirectoryIn(out)]);
    expect(cut.code).toBe(3);
    expect(cut.stdout).toContain('? unknown');
  });

  itThoroughly(
    'exits 0 where the findings are those that must occur, and 1 where they need not',
    async () => {
      const expected = fs.readFileSync(shipped('must-fail/starts-at-two.yaml'), 'utf8');
      const unexpected = expected.replace(/^expect:\n {2}findings:.*\n/m, '');
      expect(unexpected).not.toBe(expected);
      const [met, found] = await Promise.all(
        [expected, unexpected].map((text) =>
          runCli(['simulate', scenarioFile(text), '--out', temporaryDirectory()]),
        ),
      );
      expect(met).toMatchObject({ code: 0 });
      expect(found).toMatchObject({ code: 1, stdout: expect.stringContaining('✖ fail') });
      expect(found?.stdout).toContain('sequence-not-from-one');
    },
  );

  itThoroughly('exits 3 where nobody can tell', async () => {
    const { code, stdout } = await runCli([
      'simulate',
      quick('unknown'),
      '--out',
      temporaryDirectory(),
    ]);
    expect(code).toBe(3);
    expect(stdout).toContain('? unknown  quick-unknown');
  });

  const SEVERAL: [(keyof typeof QUICK_SCENARIOS)[], number][] = [
    [['fail', 'unknown'], 1],
    [['pass', 'fail', 'pass'], 1],
    [['unknown', 'pass'], 3],
  ];
  for (const [verdicts, expected] of SEVERAL) {
    itThoroughly(`exits with the worst of ${verdicts}: ${expected}`, async () => {
      const files = verdicts.map(quick);
      const { code } = await runCli(['simulate', ...files, '--out', temporaryDirectory()]);
      expect(code).toBe(expected);
    });
  }

  it.each([
    [[0, 0], 0],
    [[3, 0], 3],
    [[1, 3], 1],
    [[0, 1, 0], 1],
    [[2, 1, 3], 2],
  ])('of several, %j, come to %i', (codes, expected) => {
    expect(worst(codes)).toBe(expected);
  });
});

describe('wrong usage', () => {
  const MISTAKES: [args: string[], message: string][] = [
    [[], 'Usage: wsdiag'],
    [['simulate'], "missing required argument 'scenario.yaml'"],
    [['tail'], "missing required argument 'log'"],
    [['connect'], "missing required argument 'ws-url'"],
    [['simulat'], 'Did you mean simulate?'],
    [['simulate', '--bogus', 'x.yaml'], "unknown option '--bogus'"],
    [['simulate', 'x.yaml', '--seed', '-1'], 'whole number from 0'],
    [['simulate', 'x.yaml', '--seed', '1e3'], 'whole number from 0'],
    [['simulate', 'x.yaml', '--seed', '9007199254740992'], 'whole number from 0'],
    [['simulate', 'x.yaml', '--clients', '0'], 'whole number from 1'],
    [['simulate', 'x.yaml', '--clients', '1000001'], 'to 1000000'],
    [['simulate', 'x.yaml', '--clients', ''], 'whole number from 1'],
    [['simulate', 'x.yaml', '--quiet', '--verbose'], 'cannot be used with'],
    [['simulate', 'missing.yaml'], 'wsdiag: missing.yaml: no such file or directory\n'],
    [['simulate', '.'], 'wsdiag: .: is a directory, not a file\n'],
    [['validate', 'missing.yaml'], 'wsdiag: missing.yaml: no such file or directory\n'],
    [['serve', '--port', '65536'], 'whole number from 0 to 65535'],
    [['serve', '--heartbeat', '5'], 'must be a duration'],
    [['serve', '--heartbeat', '1000h'], 'at most 24h'],
    [['serve', '--host', ''], 'must not be empty'],
    [['connect', 'ws://127.0.0.1:1', '--for', 'soon'], 'must be a duration'],
    [['connect', 'ws://127.0.0.1:1', '--for', '1000h'], 'at most 24h'],
    [['connect', 'ws://127.0.0.1:1', '--base', '20s'], '--base is above --max'],
    [['simulate', 'x.yaml', '--out', ''], 'must not be empty'],
    [['init', ''], 'must not be empty'],
    [['simulate', 'x.yaml', '--storage', ' '], 'must not be empty'],
  ];

  it('exits 2 with a sentence and no stack', async () => {
    const outcomes = MISTAKES.map(async ([args, message]) => {
      const { code, stdout, stderr } = await runCli(args);
      expect({ code, stdout }, args.join(' ')).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain(message);
      expect(stderr).not.toMatch(/^\s+at /m);
    });
    await Promise.all(outcomes);
  });

  it('exits 2 on a bad scenario, with each mistake at its place, and begins nothing', async () => {
    const directory = temporaryDirectory();
    const bad = path.join(directory, 'bad.yaml');
    fs.writeFileSync(
      bad,
      [
        'name: Bad Name',
        'duration: 5',
        'clients: { count: 0, ramp: 1s }',
        'timeline:',
        '  - { at: 1s, fault: dorp }',
        '',
      ].join('\n'),
    );
    const out = path.join(directory, 'runs');
    const args = ['simulate', bad, quick('pass'), '--out', out];
    const { code, stdout, stderr } = await runCli(args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    const lines = stderr.split('\n').filter((line) => line.startsWith(`${bad}:`));
    expect(lines).toHaveLength(5);
    expect(stderr).toContain('\n  duration: 5\n            ^\n');
    expect(lines.map((line) => /bad\.yaml:(\d+):\d+: /.exec(line)?.[1])).toEqual([
      '1',
      '2',
      '3',
      '3',
      '5',
    ]);
    expect(lines.at(-1)).toContain('did you mean "drop"');
    expect(fs.readdirSync(directory)).toEqual(['bad.yaml']);
  });
});

describe('an environment in the way', () => {
  it('exits 2 where a file stands in the way of --out', async () => {
    const file = path.join(temporaryDirectory(), 'file');
    fs.writeFileSync(file, '');
    for (const out of [file, path.join(file, 'below')]) {
      const { code, stderr } = await runCli(['simulate', quick('pass'), '--out', out]);
      expect(code).toBe(2);
      expect(stderr).toContain(`wsdiag: can't make a run directory in ${out}: `);
      expect(stderr).not.toMatch(/^\s+at /m);
    }
  });

  it.runIf(isLinux)('exits 2 where --out is in /proc', async () => {
    const { code, stderr } = await runCli([
      'simulate',
      quick('pass'),
      '--out',
      '/proc/wsdiag/runs',
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain("wsdiag: can't make a run directory in /proc/wsdiag/runs: ENOENT");
  });

  it('exits 2 where a live process has the storage, names it, and leaves nothing behind', async () => {
    const storage = temporaryDirectory();
    const store = openSessionStorageStore(storage);
    onTestFinished(() => store.close());
    const out = temporaryDirectory();
    const args = ['simulate', quick('pass'), '--out', out, '--storage', storage];
    const { code, stderr } = await runCli(args);
    expect(code).toBe(2);
    expect(fs.readdirSync(out)).toEqual([]);
    expect(stderr).toContain(`in use by this process (${process.pid})`);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it.each(
    firstOf(
      ['', ':1: the file is empty; so every tab begins a new session, and the file is kept as '],
      ['{"format":"wsdiag-session-storage","version":1}\n["', ':2: a write was under way'],
    ),
  )('goes on where the storage is damaged, and says what became of it: %j', async (text, told) => {
    const storage = temporaryDirectory();
    const journal = path.join(storage, 'sessions.ndjson');
    fs.writeFileSync(journal, text);
    const args = ['simulate', quick('pass'), '--out', temporaryDirectory(), '--storage', storage];
    const { code, stderr } = await runCli(args);
    expect(code).toBe(0);
    expect(stderr).toContain(`wsdiag: ${journal}${told}`);
  });

  it.runIf(isLinux)('exits 2 where the server is killed from outside', async () => {
    const others = children();
    const cli = startCli(['simulate', shipped('flaky.yaml'), '--out', temporaryDirectory()]);
    await cli.until(/[1-9]\d* attempts/);
    for (const pid of children()) if (!others.includes(pid)) process.kill(pid, 'SIGKILL');
    const { code, stderr } = await cli.outcome;
    expect(code).toBe(2);
    expect(stderr).toContain('the server process ended: SIGKILL');
  });

  for (const code of ['EMFILE', 'ENFILE']) {
    itThoroughly(`exits 2 where no more files can be opened: ${code}`, async () => {
      const env = preloaded(`
      import 'node:http';
      Array.prototype.toSorted = () => {
        throw Object.assign(new Error('${code}: too many open files'), { code: '${code}' });
      };`);
      const args = ['simulate', quick('pass'), '--quiet', '--out', temporaryDirectory()];
      const outcome = await runProcess(args, { env });
      expect(outcome.code).toBe(2);
      expect(outcome.stderr).toMatch(new RegExp(`^wsdiag: ${code}: too many open files$`, 'm'));
      expect(outcome.stderr).not.toMatch(/^\s+at /m);
    });
  }
});

describe('a bug in wsdiag', () => {
  it('exits 70 with the stack and the seed', async () => {
    const env = preloaded(`
      import 'node:http';
      Array.prototype.toSorted = () => { throw new TypeError('provoked'); };`);
    const args = ['simulate', quick('pass'), '--quiet', '--out', temporaryDirectory()];
    const { code, stdout, stderr } = await runProcess(args, { env });
    expect(code).toBe(70);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^seed 1; replay with: wsdiag simulate /m);
    expect(stderr).toMatch(/this is a bug in wsdiag.*\nTypeError: provoked\n\s+at /);
    // Places of the sources, not of the bundle.
    expect(stderr).toMatch(/ at .*src\/cli\/[\w/-]+\.ts:\d+:\d+/);
    expect(stderr).not.toContain('dist/bin');
  });

  for (const bug of [
    'void Promise.reject(new TypeError("provoked"))',
    'throw new TypeError("provoked")',
  ]) {
    itThoroughly(`exits 70 where it shows in a callback: ${bug}`, async () => {
      const env = preloaded(`
        process.on('newListener', (event) => {
          // A run is about to begin.
          if (event === 'SIGINT' && !process.send) setTimeout(() => { ${bug} });
        });`);
      const args = ['simulate', shipped('ci.yaml'), '--out', temporaryDirectory()];
      const { code, stderr } = await runProcess(args, { env });
      expect(code).toBe(70);
      expect(stderr).toMatch(/this is a bug in wsdiag.*\nTypeError: provoked\n\s+at /);
    });
  }
});

const CODES = { SIGINT: 130, SIGTERM: 143 } as const;
const TO: [string, (cli: Cli, signal: NodeJS.Signals) => void][] = [
  ['its whole group', (cli, signal) => cli.killGroup(signal)],
  ['the process', (cli, signal) => cli.kill(signal)],
];

describe.each(firstOf('SIGINT' as const, 'SIGTERM' as const))('%s', (signal) => {
  it.each(firstOf(...TO))('to %s ends a run in good order', async (_, send) => {
    const out = temporaryDirectory();
    const cli = startProcess(['simulate', shipped('flaky.yaml'), '--out', out]);
    await cli.until(/[1-9]\d*\/\d+ connected/);
    send(cli, signal);
    const { code, signal: killedBy, stdout, stderr } = await cli.outcome;
    expect({ code, killedBy }).toEqual({ code: CODES[signal], killedBy: null });
    expect(stdout).toContain('? unknown  flaky (interrupted)');
    expect(stderr).not.toContain('wsdiag:');

    const run = runDirectoryIn(out);
    expect(readLines(run, 'server.ndjson').at(-1)).toMatchObject({ event: 'server_stopped' });
    expect(readLines(run, 'client.ndjson').at(-1)).toMatchObject({
      event: 'client_stopped',
      interrupted: true,
    });
    const expected = { verdict: 'unknown', interrupted: true, complete: false };
    expect(readSummary(run)).toMatchObject(expected);
    if (isLinux) expect(cli.group()).toEqual([]);
  });

  itThoroughly(
    'to its whole group before there is a server ends it with the same exit code',
    async () => {
      const cli = startProcess(['simulate', shipped('flaky.yaml'), '--out', temporaryDirectory()]);
      await cli.until(/replay with/);
      cli.killGroup(signal);
      const { code, stdout, stderr } = await cli.outcome;
      expect(code).toBe(CODES[signal]);
      expect(stdout).toContain('(interrupted)');
      expect(stderr).not.toContain('wsdiag:');
    },
  );

  if (isLinux) {
    itThoroughly('to its whole group while the server boots is no failure', async () => {
      const out = temporaryDirectory();
      const cli = startProcess(['simulate', shipped('flaky.yaml'), '--out', out]);
      await expect.poll(() => cli.group().length, { timeout: 20_000, interval: 1 }).toBe(2);
      cli.killGroup(signal);
      const { code, stdout, stderr } = await cli.outcome;
      expect(code).toBe(CODES[signal]);
      expect(stdout).toContain('? unknown  flaky (interrupted)');
      expect(stderr).not.toContain('wsdiag:');
      expect(readSummary(runDirectoryIn(out))).toMatchObject({
        interrupted: true,
        complete: false,
      });
    });
  }

  itThoroughly('ends a run of several scenarios at the first', async () => {
    const out = temporaryDirectory();
    const next = scenarioFile(QUICK_SCENARIOS.pass);
    const cli = startCli(['simulate', shipped('flaky.yaml'), next, '--out', out]);
    await cli.until(/[1-9]\d* attempts/);
    cli.kill(signal);
    expect((await cli.outcome).code).toBe(CODES[signal]);
    expect(path.basename(runDirectoryIn(out))).toMatch(/^flaky-/);
  });
});

itThoroughly('a second signal ends it at once, and the server soon after', async () => {
  const out = temporaryDirectory();
  // The server waits for peers that have gone silent to answer its goodbye.
  const silent = `name: silent
seed: 1
duration: 20s
clients: { count: 3 }
timeline: [{ at: 300ms, fault: drop, how: silent }]
`;
  const cli = startProcess(['simulate', scenarioFile(silent), '--out', out]);
  const log = () => fs.readFileSync(path.join(runDirectoryIn(out), 'client.ndjson'), 'utf8');
  await cli.until(/[1-9]\d* attempts/);
  await expect
    .poll(() => fs.readFileSync(path.join(runDirectoryIn(out), 'faults.ndjson'), 'utf8'), {
      timeout: 10_000,
    })
    .toContain('drop');
  cli.kill('SIGINT');
  await expect.poll(log, { timeout: 10_000 }).toContain('document_unloaded');
  cli.kill('SIGINT');
  await new Promise((resolve) => cli.child.once('exit', resolve));
  expect(cli.child.signalCode).toBe('SIGINT');
  expect(cli.stdout).toBe('');
  expect(fs.readdirSync(runDirectoryIn(out))).not.toContain('summary.json');
  if (isLinux) await expect.poll(() => cli.group(), { timeout: 10_000 }).toEqual([]);
  const server = path.join(runDirectoryIn(out), 'server.ndjson');
  expect(readLines(server).at(-1)).toMatchObject({ event: 'server_stopped' });
});
