import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type HereOptions,
  isLinux,
  QUICK_SCENARIOS,
  runCli,
  scenarioFile,
} from '../support/cli.ts';
import { storedRun } from '../support/stored-run.ts';
import { itThoroughly } from '../support/thorough.ts';
import { temporaryDirectory } from '../support/world.ts';

const PASS = () => scenarioFile(QUICK_SCENARIOS.pass);
const FAIL = () => scenarioFile(QUICK_SCENARIOS.fail);

const simulate = (files: string[], args: string[]) => {
  const out = path.join(temporaryDirectory(), 'runs');
  return { out, outcome: runCli(['simulate', ...files, '--out', out, ...args]) };
};

/** A run of each, which many cases judge again: that reports as the run itself does. */
let runs: { pass: string; fail: string };

beforeAll(async () => {
  const stored = await Promise.all([
    storedRun(QUICK_SCENARIOS.pass),
    storedRun(QUICK_SCENARIOS.fail),
  ]);
  runs = { pass: stored[0].run, fail: stored[1].run };
  return () => {
    for (const { remove } of stored) remove();
  };
});

const check = (verdict: 'pass' | 'fail', args: string[], options?: HereOptions) => {
  const run = path.join(temporaryDirectory(), 'run');
  fs.cpSync(runs[verdict], run, { recursive: true });
  return { run, outcome: runCli(['check', run, ...args], options) };
};

const reporters = (...named: string[]) => named.flatMap((one) => ['--reporter', one]);

/** Nothing half-written is left beside it. */
const filesIn = (directory: string) => fs.readdirSync(directory).sort();

describe('--reporter', () => {
  it('writes to files, and prints the verdict all the same', async () => {
    const files = temporaryDirectory();
    const junit = path.join(files, 'made/on/the/way/junit.xml');
    const summary = path.join(files, 'summary.json');
    const { run, outcome } = check('fail', reporters(`junit=${junit}`, `json=${summary}`, 'html'));
    const { code, stdout, stderr } = await outcome;
    expect(code).toBe(1);
    expect(stdout).toMatch(/^✖ fail {2}quick-fail/m);
    expect(fs.readFileSync(junit, 'utf8')).toMatch(/<failure type="sequence-not-from-one"/);
    expect(filesIn(path.dirname(junit))).toEqual(['junit.xml']);
    expect(JSON.parse(fs.readFileSync(summary, 'utf8'))).toEqual({
      ...JSON.parse(fs.readFileSync(path.join(run, 'summary.json'), 'utf8')),
      run_dir: run,
      replay: expect.any(String),
      findings: expect.any(Array),
      causes: expect.any(Array),
      evidence: expect.any(Array),
    });
    expect(fs.readFileSync(path.join(run, 'report.html'), 'utf8')).toMatch(/^<!doctype html>/);
    expect(stderr).toContain(`wrote ${path.join(run, 'report.html')}`);
  });

  it('prints what is asked for in place of the pretty report', async () => {
    const { stdout } = await check('pass', reporters('github')).outcome;
    expect(stdout).toMatch(/^::notice title=wsdiag%3A pass quick-pass::No findings\./);
  });

  it('prints JSON by --json as by --reporter json, of check and of simulate', async () => {
    const { stdout } = await check('pass', ['--json']).outcome;
    expect(JSON.parse(stdout)).toMatchObject({ name: 'quick-pass', verdict: 'pass' });
    const twice = await check('pass', ['--json', ...reporters('junit')]).outcome;
    expect(twice).toMatchObject({ code: 2, stdout: '' });
    const storm = await simulate([FAIL()], ['--json', ...reporters('html')]).outcome;
    expect(JSON.parse(storm.stdout)).toMatchObject({ name: 'quick-fail', verdict: 'fail' });
  });

  it('puts annotations at the scenario as it was written', async () => {
    const file = scenarioFile(`# why\n${QUICK_SCENARIOS.pass}expect:\n  sessions: "> 9"\n`);
    const args = ['--seed', '3', '--clients', '1', ...reporters('github')];
    const { code, stdout } = await simulate([file], args).outcome;
    expect(code).toBe(1);
    expect(stdout).toContain(`::error file=${file},line=7,title=threshold-crossed`);
  });

  it('prints text of several reporters', async () => {
    const { stdout } = await check('pass', reporters('pretty', 'github')).outcome;
    expect(stdout).toMatch(/\n✔ pass {2}quick-pass.*\n::notice /s);
  });

  it('puts several runs into one JUnit document, and gives each another of its own', async () => {
    const files = temporaryDirectory();
    const { outcome } = simulate(
      [PASS(), FAIL()],
      reporters('junit', `json=${files}/{name}.json`, `html=${files}/{name}.html`),
    );
    const { stdout, code } = await outcome;
    expect(code).toBe(1);
    expect(stdout.match(/<testsuites>/g)).toHaveLength(1);
    expect(stdout.match(/<testsuite /g)).toHaveLength(2);
    expect(filesIn(files)).toEqual([
      'quick-fail.html',
      'quick-fail.json',
      'quick-pass.html',
      'quick-pass.json',
    ]);
    const verdict = (name: string) =>
      JSON.parse(fs.readFileSync(path.join(files, name), 'utf8')).verdict;
    expect([verdict('quick-pass.json'), verdict('quick-fail.json')]).toEqual(['pass', 'fail']);
  });

  it('ends with an overview of several runs at a terminal, and in a file', async () => {
    const file = path.join(temporaryDirectory(), 'storms.txt');
    const { outcome } = simulate([PASS(), FAIL()], reporters('pretty', `pretty=${file}`));
    const { stdout } = await outcome;
    const overview =
      /\n\n✔ pass {2}quick-pass\n✖ fail {2}quick-fail: .+\n\n2 scenarios: 1 passed, 1 failed\n {2}replay +wsdiag simulate .+\n$/;
    expect(stdout).toMatch(overview);
    expect(fs.readFileSync(file, 'utf8')).toMatch(overview);
  });

  it.each<[string, string[], RegExp]>([
    ['an unknown reporter', ['pritty'], /must be one of pretty, json, junit, github, html/],
    ['no file after the =', ['json='], /Name a file after "json="/],
    ['two documents on stdout', ['json', 'junit'], /json and junit would both print/],
    ['a document beside text', ['pretty', 'junit'], /junit and pretty would both print; write one/],
    [
      'one file for two runs',
      ['json=x.json'],
      /x\.json can hold one json report, and there are 2; try --reporter json=x-\{name\}\.json/,
    ],
    ['one file for two reports', ['json={name}', 'html={name}'], /two reports would be written to/],
  ])('refuses %s before anything runs', async (_, named, message) => {
    const { out, outcome } = simulate([PASS(), FAIL()], reporters(...named));
    const { code, stdout, stderr } = await outcome;
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
    expect(fs.existsSync(out)).toBe(false);
  });

  it('tells of a file that can not be written, after the verdict', async () => {
    const file = path.join(PASS(), 'report.json');
    const { code, stdout, stderr } = await check('pass', reporters(`json=${file}`)).outcome;
    expect(code).toBe(2);
    expect(stdout).toMatch(/^✔ pass/m);
    expect(stderr).toContain(`wsdiag: can't write ${file}: `);
  });

  itThoroughly('runs the other scenarios where one report can not be written', async () => {
    const junit = path.join(temporaryDirectory(), 'junit.xml');
    const file = path.join(PASS(), '{name}.json');
    const { outcome } = simulate([PASS(), FAIL()], reporters(`json=${file}`, `junit=${junit}`));
    expect((await outcome).code).toBe(2);
    expect(fs.readFileSync(junit, 'utf8').match(/<testsuite /g)).toHaveLength(2);
  });

  it('never writes over what is read, nor over what a run left', async () => {
    const scenario = PASS();
    const run = path.join(temporaryDirectory(), 'run');
    fs.cpSync(runs.pass, run, { recursive: true });
    const log = path.join(run, 'client.ndjson');
    const before = [log, scenario].map((file) => fs.readFileSync(file, 'utf8'));
    const refused = [
      runCli(['check', log, ...reporters(`json=${log}`)]),
      runCli(['check', run, ...reporters(`json=${log}`)]),
      runCli(['report', run, '--out', log]),
      simulate([scenario], reporters(`html=${scenario}`)).outcome,
      simulate([scenario], reporters(`junit=${log}`)).outcome,
    ];
    for (const { code, stdout, stderr } of await Promise.all(refused)) {
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain('is there to be read; choose another name');
    }
    expect([log, scenario].map((file) => fs.readFileSync(file, 'utf8'))).toEqual(before);
  });

  it('says nothing more with --quiet', async () => {
    const { stdout, stderr } = await check('pass', ['--quiet', ...reporters('html')]).outcome;
    expect(stdout + stderr).toBe('');
  });

  it('replaces a file in one step, and follows a link to it', async () => {
    const files = temporaryDirectory();
    const [file, link] = [path.join(files, 'real.xml'), path.join(files, 'link.xml')];
    fs.writeFileSync(file, 'old');
    fs.symlinkSync(file, link);
    await check('pass', reporters(`junit=${link}`)).outcome;
    expect(fs.lstatSync(link).isSymbolicLink()).toBe(true);
    expect(fs.readFileSync(file, 'utf8')).toMatch(/^<\?xml/);
    expect(filesIn(files)).toEqual(['link.xml', 'real.xml']);
  });

  it.runIf(isLinux)('writes to a device', async () => {
    const { code } = await check('pass', reporters('junit=/dev/null')).outcome;
    expect(code).toBe(0);
    expect(fs.statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  it('adds to the step summary of GitHub Actions', async () => {
    const file = path.join(temporaryDirectory(), 'step.md');
    fs.writeFileSync(file, 'before\n');
    const env = { GITHUB_STEP_SUMMARY: file };
    await check('pass', reporters('github'), { env }).outcome;
    expect(fs.readFileSync(file, 'utf8')).toMatch(/^before\n### wsdiag&#58; pass quick&#45;pass\n/);
  });
});

describe('wsdiag report', () => {
  it('writes a page into the run directory, or where it is told to', async () => {
    const run = path.join(temporaryDirectory(), 'run');
    fs.cpSync(runs.fail, run, { recursive: true });
    const page = path.join(run, 'report.html');
    const { code, stdout } = await runCli(['report', run]);
    expect([code, stdout]).toEqual([0, `Wrote ${page}\n`]);
    const other = path.join(temporaryDirectory(), 'other.html');
    await runCli(['report', run, '--out', other]);
    expect(fs.readFileSync(other)).toEqual(fs.readFileSync(page));
    expect((await runCli(['report', run, '--out', '-'])).stdout).toBe(
      fs.readFileSync(page, 'utf8'),
    );
    const [, json = ''] = /id="data">(.*?)<\/script>/.exec(fs.readFileSync(page, 'utf8')) ?? [];
    const { verdict, chart_data: chartData } = JSON.parse(json);
    expect([verdict, chartData.side, chartData.sessions]).toEqual(['fail', 'client', 2]);
  });

  /** What opens files on this system. */
  const OPENER = process.platform === 'darwin' ? 'open' : 'xdg-open';

  /** The environment in which that is a script; it is in `told` what it was called with. */
  function withOpener(script: string) {
    const bin = temporaryDirectory();
    const told = path.join(bin, 'told');
    fs.writeFileSync(path.join(bin, OPENER), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return { told, env: { PATH: `${bin}:/usr/bin:/bin`, TOLD: told } };
  }

  it('opens the page in the browser, whatever its name is', async () => {
    const { told, env } = withOpener('printf "%s\\n" "$#" "$@" > "$TOLD"');
    const out = path.join(temporaryDirectory(), 'a b; $(x).html');
    const { code, stdout } = await runCli(['report', runs.pass, '--out', out, '--open'], { env });
    expect([code, stdout]).toEqual([0, `Wrote ${out}\n`]);
    expect(fs.readFileSync(told, 'utf8')).toBe(`1\n${out}\n`);
  });

  it('tells where the page is written but can’t be opened', async () => {
    const out = path.join(temporaryDirectory(), 'page.html');
    const open = ['report', runs.pass, '--out', out, '--open'];
    const failed = await runCli(open, { env: withOpener('exit 3').env });
    expect([failed.code, failed.stdout, failed.stderr]).toEqual([
      2,
      `Wrote ${out}\n`,
      `wsdiag: can't open ${out}: ${OPENER} ended with exit 3; open it in a browser yourself\n`,
    ]);
    const missing = await runCli(open, { env: { PATH: temporaryDirectory() } });
    expect([missing.code, missing.stderr]).toEqual([
      2,
      `wsdiag: can't open ${out}: there is no ${OPENER}; open it in a browser yourself\n`,
    ]);
    const none = await runCli(['report', runs.pass, '--out', '-', '--open']);
    expect([none.code, none.stderr]).toMatchObject([2, expect.stringContaining('no file to open')]);
  });

  it('tells where there is no run', async () => {
    const nowhere = path.join(temporaryDirectory(), 'nowhere');
    const { code, stderr } = await runCli(['report', nowhere]);
    expect([code, stderr]).toEqual([2, `wsdiag: ${nowhere}: no such file or directory\n`]);
  });
});

describe('wsdiag schema', () => {
  it('prints the schema of scenarios, or of summaries', async () => {
    const title = async (...args: string[]) => {
      const { stdout } = await runCli(['schema', ...args]);
      return JSON.parse(stdout).title;
    };
    expect(await title('summary')).toBe('wsdiag summary');
    expect(await title()).toBe(await title('scenario'));
    expect((await runCli(['schema', 'other'])).code).toBe(2);
  });
});
