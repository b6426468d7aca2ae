import path from 'node:path';
import { expect, it } from 'vitest';
import {
  type Cli,
  isLinux,
  QUICK_SCENARIOS,
  readLines,
  readSummary,
  runDirectoryIn,
  scenarioFile,
  shipped,
  startCli,
  startProcess,
} from '../support/cli.ts';
import { temporaryDirectory } from '../support/world.ts';

const CODES = { SIGINT: 130, SIGTERM: 143 } as const;
const TO = {
  'the process': (cli: Cli, signal: NodeJS.Signals) => cli.kill(signal),
  'its whole group': (cli: Cli, signal: NodeJS.Signals) => cli.killGroup(signal),
};

/** What a signal comes to, whenever it comes. */
export function endsBy(signal: keyof typeof CODES): void {
  it.each(Object.entries(TO))('to %s ends a run in good order', async (_, send) => {
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

  it('to its whole group before there is a server ends it with the same exit code', async () => {
    const cli = startProcess(['simulate', shipped('flaky.yaml'), '--out', temporaryDirectory()]);
    await cli.until(/replay with/);
    cli.killGroup(signal);
    const { code, stdout, stderr } = await cli.outcome;
    expect(code).toBe(CODES[signal]);
    expect(stdout).toContain('(interrupted)');
    expect(stderr).not.toContain('wsdiag:');
  });

  it.runIf(isLinux)('to its whole group while the server boots is no failure', async () => {
    const out = temporaryDirectory();
    const cli = startProcess(['simulate', shipped('flaky.yaml'), '--out', out]);
    await expect.poll(() => cli.group().length, { timeout: 20_000, interval: 1 }).toBe(2);
    cli.killGroup(signal);
    const { code, stdout, stderr } = await cli.outcome;
    expect(code).toBe(CODES[signal]);
    expect(stdout).toContain('? unknown  flaky (interrupted)');
    expect(stderr).not.toContain('wsdiag:');
    expect(readSummary(runDirectoryIn(out))).toMatchObject({ interrupted: true, complete: false });
  });

  it('ends a run of several scenarios at the first', async () => {
    const out = temporaryDirectory();
    const next = scenarioFile(QUICK_SCENARIOS.pass);
    const cli = startCli(['simulate', shipped('flaky.yaml'), next, '--out', out]);
    await cli.until(/[1-9]\d* attempts/);
    cli.kill(signal);
    expect((await cli.outcome).code).toBe(CODES[signal]);
    expect(path.basename(runDirectoryIn(out))).toMatch(/^flaky-/);
  });
}
