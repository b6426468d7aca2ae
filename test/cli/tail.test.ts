import fs from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { hasTerminal, runCli, startCli, startProcess, startServe } from '../support/cli.ts';
import { itThoroughly } from '../support/thorough.ts';
import { temporaryDirectory } from '../support/world.ts';

const START = Date.UTC(2026, 0, 1);

/** A log under a name, written line by line. */
function openLog() {
  const file = path.join(temporaryDirectory(), 'server.ndjson');
  let lines = 0;
  const line = (event: string, fields: object) => {
    const time = new Date(START + ++lines * 1000).toISOString();
    return `${JSON.stringify({ time, event, ...fields })}\n`;
  };
  const write = (event: string, fields: object) => fs.appendFileSync(file, line(event, fields));
  return {
    file,
    start: () => write('server_started', { log_schema: 1 }),
    open: (session_id: string, connection_sequence: number) =>
      write('connection_opened', {
        session_id,
        connection_sequence,
        client_id: `c${lines}`,
        session_verified: true,
      }),
  };
}

/** A finding about that session was told of. */
const toldOf = (session: string) => new RegExp(`sequence-not-increasing  session ${session} #\\d`);

describe('tail', () => {
  it('tells findings as they happen, and ends with a verdict at Ctrl-C', async () => {
    const { file, start, open } = openLog();
    const cli = startCli(['tail', file]);
    await cli.until(/waiting for/);
    start();
    open('first', 2);
    open('first', 1);
    await cli.until(toldOf('first'));
    open('second', 2);
    open('second', 1);
    await cli.until(toldOf('second'));
    expect(cli.stdout).not.toContain('✖ fail');
    cli.kill('SIGINT');
    const { code, stdout } = await cli.outcome;
    expect(code).toBe(1);
    expect(stdout).toContain('✖ fail');
    expect(stdout).toContain(`${file} (5 lines)`);
  });

  it('recognises what comes on stdin', async () => {
    const access = (time: string) =>
      `198.51.100.7 - - [${time} +0000] "GET /ws HTTP/1.1" 101 12 "-" "Firefox/140" 60.012\n`;
    const input = `${access('10/Jul/2026:10:01:31')}${access('10/Jul/2026:10:02:32')}`;
    const { stdout, stderr } = await runCli(['tail', '-'], { input });
    expect(stderr).toContain('stdin is read as a log of nginx');
    expect(stdout).toContain('attempts    2 welcomed');
  });

  it('goes on where the log is renamed and made anew', async () => {
    const { file, start, open } = openLog();
    start();
    open('s', 5);
    open('before', 2);
    open('before', 1);
    const cli = startCli(['tail', file]);
    await cli.until(toldOf('before'));
    fs.renameSync(file, `${file}.1`);
    open('s', 4);
    await cli.until(toldOf('s'));
    cli.kill('SIGTERM');
    const { code, stdout } = await cli.outcome;
    expect(code).toBe(1);
    expect(stdout).toContain(`${file} (until 2026-01-01T00:00:04.000Z):2\n`);
    expect(stdout).toContain(`${file}:1\n`);
  });

  it('goes on where the log is cut back, and says what that may hide', async () => {
    const { file, start, open } = openLog();
    start();
    open('s', 5);
    open('before', 2);
    open('before', 1);
    const cli = startCli(['tail', file]);
    await cli.until(toldOf('before'));
    fs.copyFileSync(file, `${file}.1`);
    fs.truncateSync(file);
    open('s', 4);
    await cli.until(toldOf('s'));
    cli.kill('SIGINT');
    const { code, stdout } = await cli.outcome;
    expect(code).toBe(1);
    expect(stdout).toContain('The log was cut back while it was followed');
  });

  it('passes what the reference server writes while it runs', async () => {
    const file = path.join(temporaryDirectory(), 'server.ndjson');
    const { url } = await startServe(startCli, ['--log', file]);
    const tail = startCli(['tail', file]);
    await tail.until(/following/);
    const client = startCli(['connect', url ?? '']);
    await client.until(/connection_opened/);
    client.type('q');
    expect((await client.outcome).code).toBe(0);
    tail.kill('SIGINT');
    const { code: verdict, stdout } = await tail.outcome;
    expect(stdout).toContain('✔ pass');
    expect(stdout).toContain('attempts    1 welcomed');
    expect(verdict).toBe(0);
  });

  it('reads stdin to its end', async () => {
    const { file, start, open } = openLog();
    start();
    open('s', 2);
    open('s', 1);
    const { code, stdout } = await runCli(['tail', '-'], { input: fs.readFileSync(file, 'utf8') });
    expect(code).toBe(1);
    expect(stdout.match(new RegExp(toldOf('s'), 'g'))).toHaveLength(2);
  });

  it('leaves a pipe that goes on at Ctrl-C', async () => {
    const { file, start, open } = openLog();
    start();
    open('s', 2);
    open('s', 1);
    const cli = startCli(['tail', '-']);
    cli.type(fs.readFileSync(file, 'utf8'));
    await cli.until(toldOf('s'));
    cli.kill('SIGINT');
    expect((await cli.outcome).code).toBe(1);
  });

  itThoroughly('ends where nobody reads what it finds', async () => {
    const { file, start, open } = openLog();
    start();
    const cli = startProcess(['tail', file]);
    await cli.until(/following/);
    cli.child.stdout.destroy();
    open('s', 2);
    open('s', 1);
    expect((await cli.outcome).code).toBe(1);
  });

  it('judges from the end what comes from then on, and can’t pass', async () => {
    const { file, start, open } = openLog();
    start();
    open('before', 2);
    open('before', 1);
    const cli = startCli(['tail', file, '--from-end']);
    await cli.until(/following/);
    cli.kill('SIGINT');
    const { code, stdout } = await cli.outcome;
    expect(code).toBe(3);
    expect(stdout).not.toMatch(toldOf('before'));
    expect(stdout).toContain('What stood in the log before it was followed is not judged.');
  });

  it('waits for a log, and knows nothing of one that never came', async () => {
    const cli = startCli(['tail', path.join(temporaryDirectory(), 'never.log')]);
    await cli.until(/^waiting for \S+never\.log, which is not there yet; Ctrl-C for the verdict$/m);
    cli.kill('SIGINT');
    expect((await cli.outcome).code).toBe(3);
  });

  it('refuses a directory', async () => {
    const directory = temporaryDirectory();
    const { code, stderr } = await runCli(['tail', directory]);
    expect(code).toBe(2);
    expect(stderr).toContain(`${directory}: is a directory; name a log in it`);
  });

  it.each([
    [
      'a log that can’t come',
      'none/x.log',
      (log: string) => `there is no directory ${path.dirname(log)}`,
    ],
    ['gzip', 'x.log.gz', () => 'is gzip: such a log does not grow; judge it with check'],
  ])('refuses %s', async (_, name, reason) => {
    const directory = temporaryDirectory();
    const log = path.join(directory, name);
    fs.writeFileSync(path.join(directory, 'x.log.gz'), gzipSync('{}\n'));
    const { code, stdout, stderr } = await runCli(['tail', log]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`wsdiag: ${log}: ${reason(log)}\n`);
  });

  it.runIf(hasTerminal)('draws a line, and prints findings around it', async () => {
    const { file, start, open } = openLog();
    start();
    open('s', 2);
    open('s', 1);
    const cli = startProcess(['tail', file], { terminal: true, before: 'stty cols 100 rows 30' });
    await cli.until(/3 lines · 1 finding\b/);
    expect(cli.stdout).toMatch(/session s #1/);
    cli.type('\u0003');
    const { code, stdout } = await cli.outcome;
    expect(code).toBe(1);
    expect(stdout).toContain('✖ fail');
  });
});
