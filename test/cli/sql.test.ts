import { describe, expect, it } from 'vitest';
import { runCli } from '../support/cli.ts';

describe('wsdiag sql', () => {
  it('prints a statement, and nothing else', async () => {
    const { code, stdout, stderr } = await runCli(['sql']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^WITH\n.*FROM "connection_log"\n.*;\n$/s);
  });

  it('prints the checks that are named', async () => {
    const { stdout } = await runCli(['sql', 'close-missing', '--table', 'ops.log']);
    expect(stdout).toContain('FROM "ops"."log"\n');
    expect(stdout).toContain("'close-missing' AS code");
    expect(stdout).not.toContain('sequence-duplicated');
  });

  it('prints a table for them', async () => {
    const options = ['--create', '--dialect', 'postgres', '--by', 'environment'];
    const { code, stdout } = await runCli(['sql', ...options]);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^CREATE TABLE "connection_log" \(\n {2}"environment" text NOT NULL,\n.*\);\n$/s,
    );
  });

  it.each([
    [['no-such-check'], /Allowed choices are sequence-not-increasing/],
    [['--dialect', 'oracle'], /Allowed choices are duckdb, postgres, clickhouse/],
    [['--table', ''], /a name is empty/],
    [['--table', 'a..b'], /a name is empty/],
    [['--table', 'a\u001b[2Jb'], /\\u001b can't be in a name/],
    [['--by', 'a\u0000b'], /\\u0000 can't be in a name/],
    [['--by', 'LOG'], /--by LOG: .* name one that tells systems apart/],
    [['--by', 'answer'], /name one that tells systems apart/],
    [['--create', 'close-missing'], /leave out close-missing/],
  ])('refuses %j', async (args, message) => {
    const { code, stdout, stderr } = await runCli(['sql', ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('\u001b');
  });
});
