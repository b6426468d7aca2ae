/** What is read from standard input, and the temporary files that some of it takes. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { isLinux, preloaded, runCli, runProcess, shipped, startProcess } from '../support/cli.ts';
import { firstOf, itThoroughly } from '../support/thorough.ts';
import { temporaryDirectory } from '../support/world.ts';

/** Tells when somebody begins to read standard input. */
const TELLING = `
  process.stdin.on('newListener', (event) => {
    if (event === 'readable') process.stderr.write('reading\\n');
  });`;

const CLOSE = {
  time: '2026-01-01T00:00:10Z',
  event: 'connection_closed',
  client_id: 'c',
  session_id: 's',
  connection_sequence: 1,
  close_code: 1006,
  duration_seconds: 1,
};
const LOG = `${JSON.stringify(CLOSE)}\n`;

function logFile(text: string): string {
  const file = path.join(temporaryDirectory(), 'server.ndjson');
  fs.writeFileSync(file, text);
  return file;
}

describe('standard input that is slow to come', () => {
  it.each<[string, () => string[], string, string]>(
    firstOf(
      ['a scenario', () => ['validate', '-'], fs.readFileSync(shipped('ci.yaml'), 'utf8'), 'ci is'],
      ['a query', () => ['query', '-', logFile(LOG)], 'SELECT 6 * 7', '42'],
    ),
  )('is waited for: %s', async (_, args, text, told) => {
    const cli = startProcess(args(), { env: preloaded(TELLING) });
    await cli.until(/reading/);
    cli.type(text.slice(0, 5));
    cli.child.stdin.end(text.slice(5));
    const { code, stdout } = await cli.outcome;
    expect(code).toBe(0);
    expect(stdout).toContain(told);
  });
});

describe('standard input without an end', () => {
  it.each([
    ['a scenario', () => ['validate', '-']],
    ['a query', () => ['query', '-', logFile(LOG)]],
  ])('is not read to it: %s', async (_, args) => {
    const { code, stderr } = await runCli(args(), { input: ' '.repeat(2 ** 21) });
    expect(code).toBe(2);
    expect(stderr).toContain('larger than 1 MiB');
  });
});

describe('temporary files', () => {
  it.each(
    firstOf<[string, string[]]>(
      ['check', ['check', '-']],
      ['connect', ['connect', 'ws://127.0.0.1:1', '--for', '1s']],
      ['query', ['query', 'SELECT 1', '-']],
    ),
  )('without a place for them end %s in a sentence', async (_, args) => {
    const TMPDIR = path.join(temporaryDirectory(), 'missing');
    const { code, stderr } = await runProcess(args, { env: { TMPDIR }, input: LOG });
    expect(stderr).toMatch(
      new RegExp(`^wsdiag: can't keep temporary files in ${TMPDIR}: .*; set TMPDIR `),
    );
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(code).toBe(2);
  });

  if (isLinux) {
    itThoroughly('that don’t fit end check in a sentence, and are gone', async () => {
      const TMPDIR = temporaryDirectory();
      const input = LOG.repeat(1000);
      const options = { env: { TMPDIR }, before: 'ulimit -f 8' };
      // More lines than are held.
      const many = LOG.repeat(100_000).replace(/"s"/g, manySessions());
      const all = [
        runProcess(['check', '-'], { ...options, input }),
        runProcess(['check', logFile(many)], options),
      ];
      for (const { code, stderr } of await Promise.all(all)) {
        expect(stderr).toContain(`wsdiag: can't keep temporary files in ${TMPDIR}: `);
        expect(code).toBe(2);
      }
      expect(fs.readdirSync(TMPDIR)).toEqual([]);
    });
  }
});

function manySessions(): () => string {
  let lines = 0;
  return () => `"s${lines++ % 4000}"`;
}
