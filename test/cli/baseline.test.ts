import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../support/cli.ts';
import { temporaryDirectory } from '../support/world.ts';

/** Passes, with 60 sessions that come back. */
const LOG = path.join(
  import.meta.dirname,
  '../fixtures/logs/cases/28-storm-server-only/server.log',
);

/** A file of a directory of its own. */
const baselineFile = () => path.join(temporaryDirectory(), 'baseline.yaml');

const check = (file: string, args: string[] = [], env: Record<string, string> = {}) =>
  runCli(['check', LOG, '--baseline', file, ...args], { env });

/** The baseline of that log, with another text in place of one. */
async function changed(text: string | RegExp, other: string): Promise<string> {
  const file = baselineFile();
  await check(file);
  const written = fs.readFileSync(file, 'utf8');
  expect(written).toMatch(text);
  fs.writeFileSync(file, written.replace(text, other));
  return file;
}

describe('--baseline', () => {
  it('writes what is not there, says so, and passes; then holds against it', async () => {
    const file = baselineFile();
    const { code, stdout } = await check(file);
    expect(code).toBe(0);
    expect(stdout).toMatch(/\n\nWrote the baseline of logs in \S+ It is of one run, .* --repeat 5/);
    const text = fs.readFileSync(file, 'utf8');
    expect(text).toContain('    runs: 1\n    metrics:\n');
    expect(text).not.toContain('server.log');
    const again = await check(file, [], { CI: 'true' });
    expect(again.code).toBe(0);
    expect(again.stdout).toMatch(/\n✔ logs is no worse than its baseline in \S+\n$/);
    expect(fs.readFileSync(file, 'utf8')).toBe(text);
  });

  it('fails where a metric is worse, and says how to renew it', async () => {
    const file = await changed(/ reconnects: \d+/, ' reconnects: 1');
    const { code, stdout } = await check(file);
    expect(code).toBe(1);
    expect(stdout).toMatch(/✖ logs is worse than its baseline in .*renew it with -u\n/);
    expect(stdout).toMatch(/\n {2}✖ reconnects rose from 1 to \d+ \(\+\d+ %\)\n$/);
    expect((await check(file, ['-u'])).stdout).toContain('\nRenewed the baseline of logs in ');
    expect((await check(file)).code).toBe(0);
  });

  it('tells of what is better, and passes', async () => {
    const { code, stdout } = await check(await changed(/ reconnects: \d+/, ' reconnects: 5000'));
    expect(code).toBe(0);
    expect(stdout).toMatch(/\n {2}• reconnects fell from 5,000 to \d+ /);
  });

  it('tells of what it has not', async () => {
    const { code, stdout } = await check(await changed(/ {6}reconnects: \d+\n/, ''));
    expect(code).toBe(0);
    expect(stdout).toMatch(/\n {2}• the baseline has no reconnects, so .*; -u adds them\n$/);
  });

  it('is unknown where what it has is measured no more', async () => {
    const file = await changed(/ {4}metrics:\n/, '    metrics:\n      recovery_p77_seconds: 1\n');
    const { code, stdout } = await check(file);
    expect(code).toBe(3);
    expect(stdout).toMatch(/\n {2}\? recovery p77 was 1 s, and is not measured now\n$/);
  });

  it('writes nothing with CI set, unless told to', async () => {
    const file = baselineFile();
    const { code, stderr } = await check(file, [], { CI: 'true' });
    expect(code).toBe(2);
    expect(stderr).toContain(`${file} has no baseline of logs, and with CI set none is written`);
    expect(fs.existsSync(file)).toBe(false);
    expect((await check(file, ['-u'], { CI: 'true' })).code).toBe(0);
    expect(fs.existsSync(file)).toBe(true);
  });

  it('writes nothing of what does not pass', async () => {
    const file = baselineFile();
    const { code, stdout } = await check(file, ['--expect', 'sessions: 1']);
    expect(code).toBe(1);
    expect(stdout).toContain(`Nothing is written of logs to ${file}: its verdict is fail.`);
    expect(fs.existsSync(file)).toBe(false);
  });

  it('keeps documents on stdout whole, and is quiet where nothing is worse', async () => {
    const file = await changed(/ reconnects: \d+/, ' reconnects: 1');
    const { stdout, stderr } = await check(file, ['--reporter', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'pass' });
    expect(stderr).toContain('reconnects rose from 1 to');
    expect((await check(file, ['-q'])).stdout).toContain('reconnects rose from 1 to');
    expect(await check(baselineFile(), ['-q'])).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  it('is refused where it has mistakes, with the place', async () => {
    const file = await changed('runs: 1', 'rusn: 1');
    const { code, stderr } = await check(file);
    expect(code).toBe(2);
    expect(stderr).toMatch(/baseline\.yaml:7:5: unknown key "rusn"; did you mean "runs"\?/);
    const without = await runCli(['check', LOG, '-u']);
    expect(without.code).toBe(2);
    expect(without.stderr).toContain('-u writes a baseline anew; name it');
  });
});
