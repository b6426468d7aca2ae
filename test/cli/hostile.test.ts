import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunResult } from '../../src/model/result.ts';
import { HOSTILE, type Hostile } from '../logs/hostile.ts';
import {
  type Cli,
  isLinux,
  type Outcome,
  preloaded,
  runCli,
  startProcess,
} from '../support/cli.ts';
import { isThorough } from '../support/thorough.ts';
import { temporaryDirectory } from '../support/world.ts';

interface Checked extends Outcome {
  named: string;
  result: RunResult | undefined;
}

/** Has a hostile log checked, however that is done. */
async function check(
  hostile: Hostile,
  run: (named: string, args: string[]) => Promise<Outcome>,
): Promise<Checked> {
  const named = hostile.make(temporaryDirectory());
  const summary = path.join(temporaryDirectory(), 'summary.json');
  const args = ['check', named, '--reporter', 'pretty', '--reporter', `json=${summary}`];
  const [outcome] = await Promise.all([run(named, args), hostile.feed?.(named)]);
  const result = fs.existsSync(summary) ? JSON.parse(fs.readFileSync(summary, 'utf8')) : undefined;
  return { ...outcome, named, result };
}

/** What a terminal would act on: all that is no text, but for line feeds. */
const CONTROLS = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** What to do where nothing was understood, and nothing else. */
const HINTS = /^(wsdiag: (No|JSON) .*\n)*$/;

/** It was judged: every line is accounted for, what was wrong is said, and nothing moves a terminal. */
function expectJudged(hostile: Hostile, checked: Checked): void {
  const { code, stdout, stderr, result, named } = checked;
  expect(stderr).toMatch(HINTS);
  expect(stdout).not.toMatch(CONTROLS);
  for (const text of hostile.unprintable ?? []) expect(stdout).not.toContain(text);

  const { verdict, doubts, evidence } = result as RunResult;
  const [log] = evidence as [RunResult['evidence'][number]];
  const damaged = doubts.filter(({ code }) => code === 'line-damaged');
  expect({
    code,
    reasons: [...new Set(damaged.map(({ value }) => value))],
    doubts: doubts.filter((doubt) => !damaged.includes(doubt)).map(({ code }) => code),
  }).toEqual({ code: hostile.exit, reasons: hostile.reasons, doubts: hostile.doubts });
  expect(log).toMatchObject({ file: named, ...hostile.lines });
  expect(log.lines).toBe(log.records + log.ignored + log.rejected);
  expect(verdict).toBe(['pass', 'fail', undefined, 'unknown'][hostile.exit]);
  if (log.rejected > 0) expect(verdict).not.toBe('pass');
  for (const { where, value } of damaged) {
    expect(stdout).toContain(`${named}:${where && 'line' in where && where.line}\n`);
    expect(stdout).toContain(value);
  }
}

/** There was nothing to judge, and one line says why. */
function expectUnreadable(hostile: Hostile, checked: Checked): void {
  const { code, stdout, stderr, result, named } = checked;
  expect({ code, stdout, result }).toEqual({ code: 2, stdout: '', result: undefined });
  expect(stderr.split('\n')).toEqual([expect.stringContaining(hostile.error as string), '']);
  expect(stderr).toContain(`wsdiag: ${named}: `);
}

const MAX_RSS_MIB = 300;

/** Tells on its way out how much memory it had at most; its threads run it too. */
const MEASURED = `import fs from 'node:fs';
import { isMainThread } from 'node:worker_threads';
if (isMainThread) process.on('exit', () => {
  const [, peak] = /^VmHWM:\\s*(\\d+)/m.exec(fs.readFileSync('/proc/self/status', 'latin1'));
  fs.writeFileSync(process.env.PEAK_FILE, peak);
});
`;

/** Waits until the other side of a FIFO was opened, and closed, before the log is read on, or again. */
const WAITING = `import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
const { WAIT_FOR, LOG, FIFO } = process.env;
const { open } = fs.promises;
let opened = 0;
let waited = false;
function wait() {
  if (!waited) fs.readFileSync(FIFO);
  waited = true;
}
fs.promises.open = async (file, ...rest) => {
  if (file === LOG && ++opened === 2 && WAIT_FOR === 'between') wait();
  const handle = await open(file, ...rest);
  const read = handle.read;
  handle.read = (buffer, at, length, position) => {
    if (position > 1e6 && WAIT_FOR === 'during') wait();
    return read.call(handle, buffer, at, length, position);
  };
  return handle;
};
syncBuiltinESMExports();
`;

/** Root is stopped by permissions once it may not overrule them. */
const WITHOUT_OVERRIDE = ['setpriv', '--bounding-set=-dac_override,-dac_read_search'];

const isRoot = process.getuid?.() === 0;
const canForbid =
  !isRoot ||
  spawnSync(WITHOUT_OVERRIDE[0] as string, [...WITHOUT_OVERRIDE.slice(1), 'true']).status === 0;

/** In a process with little memory, and how much of it there was at most. */
async function checkInProcess(hostile: Hostile) {
  const beside = temporaryDirectory();
  const [peak, fifo] = [path.join(beside, 'peak'), path.join(beside, 'fifo')];
  const checked = await check(hostile, async (named, args) => {
    const env = {
      NODE_OPTIONS: ['--max-old-space-size=128', ...hooksOf(hostile)].join(' '),
      PEAK_FILE: peak,
      WAIT_FOR: hostile.during ? 'during' : 'between',
      LOG: named,
      FIFO: fifo,
    };
    const under = hostile.isForbidden && isRoot ? WITHOUT_OVERRIDE : [];
    const cli = startProcess(args, { input: '', env, under });
    const happens = hostile.during ?? hostile.between;
    if (happens) await whileItWaits(cli, fifo, () => happens(named));
    return cli.outcome;
  });
  return { ...checked, rssMib: isLinux ? Number(fs.readFileSync(peak, 'utf8')) / 1024 : 0 };
}

function hooksOf({ during, between }: Hostile): string[] {
  const hooks = [...(isLinux ? [MEASURED] : []), ...(during || between ? [WAITING] : [])];
  return hooks.map((code) => preloaded(code).NODE_OPTIONS as string);
}

async function whileItWaits(cli: Cli, fifo: string, act: () => void): Promise<void> {
  execFileSync('mkfifo', [fifo]);
  const waiting = fs.promises.open(fifo, 'w');
  // Should it end without having waited, nor do we.
  cli.outcome.then(() => fs.openSync(fifo, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK));
  const handle = await waiting;
  act();
  await handle.close();
}

/** Those that are small, and that nothing happens to meanwhile. */
const calm = HOSTILE.filter(
  ({ isLarge, during, between, isForbidden }) => !isLarge && !during && !between && !isForbidden,
);

describe('check', () => {
  it.each(calm)('holds against $name', async (hostile) => {
    const checked = await check(hostile, (_, args) => runCli(args));
    if (hostile.error === undefined) expectJudged(hostile, checked);
    else expectUnreadable(hostile, checked);
    expect({}).not.toHaveProperty('polluted');
  });
});

describe('explain', () => {
  it.each(calm.filter(({ unprintable }) => isThorough || unprintable))(
    'tells of $name without moving a terminal',
    async (hostile) => {
      const named = hostile.make(temporaryDirectory());
      const [{ code, stdout, stderr }] = await Promise.all([
        runCli(['explain', named]),
        hostile.feed?.(named),
      ]);
      expect(code).toBe(hostile.error === undefined ? 0 : 2);
      expect(stdout + stderr).not.toMatch(CONTROLS);
      for (const text of hostile.unprintable ?? []) expect(stdout).not.toContain(text);
    },
  );
});

if (isThorough) {
  describe('check, in a process of little memory', () => {
    it.each(HOSTILE.filter(({ error }) => error === undefined))(
      'comes to an end with $name',
      async (hostile) => {
        const { rssMib, ...checked } = await checkInProcess(hostile);
        expectJudged(hostile, checked);
        expect(rssMib).toBeLessThan(MAX_RSS_MIB);
      },
    );

    it.each(
      HOSTILE.filter(
        ({ error, isForbidden }) => error !== undefined && (canForbid || !isForbidden),
      ),
    )('says in a line that there is no reading $name', async (hostile) => {
      expectUnreadable(hostile, await checkInProcess(hostile));
    });
  });
}
