import { describe, expect, it } from 'vitest';
import { QUICK_SCENARIOS, runCli, scenarioFile } from '../support/cli.ts';

const sound = () => scenarioFile(QUICK_SCENARIOS.pass);
const wrong = () => scenarioFile('name: wrong\nduration: 5\nclients: { count: 1 }\n');
const MESSAGE = '"duration" must be a duration with its unit (ms, s, m or h), such as 1.5s, not 5';

describe('validate', () => {
  it('shows each mistake with its line, beside what is valid', async () => {
    const [one, other] = [wrong(), sound()];
    const { code, stdout, stderr } = await runCli(['validate', one, other]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: `${other}: quick-pass is valid\n` });
    expect(stderr).toBe(`${one}:2:11: ${MESSAGE}\n  duration: 5\n            ^\n`);
  });

  it.each([['--json'], ['--reporter', 'json']])('%s %s prints one array', async (...args) => {
    const files = [wrong(), sound(), wrong()];
    const { code, stdout, stderr } = await runCli(['validate', ...files, ...args]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    expect(JSON.parse(stdout)).toEqual(
      [files[0], files[2]].map((file) => ({ file, line: 2, column: 11, message: MESSAGE })),
    );
    expect(await runCli(['validate', sound(), ...args])).toMatchObject({ code: 0, stdout: '[]\n' });
  });

  it('tells of files that can’t be read beside the mistakes of others', async () => {
    const [one, missing] = [wrong(), `${wrong()}.not`];
    const gone = 'no such file or directory';
    const pretty = await runCli(['validate', missing, one]);
    expect(pretty).toMatchObject({ code: 2, stdout: '' });
    expect(pretty.stderr).toMatch(
      new RegExp(`^wsdiag: ${missing}: ${gone}\\n${one}:2:11: "duration" must`),
    );
    const { code, stdout } = await runCli(['validate', one, missing, '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toEqual([
      { file: one, line: 2, column: 11, message: MESSAGE },
      { file: missing, line: null, column: null, message: gone },
    ]);
    const { stderr } = await runCli(['simulate', missing, one]);
    expect(stderr).toBe(pretty.stderr);
  });

  it('--reporter github prints an annotation for each', async () => {
    const file = wrong();
    const { code, stdout } = await runCli(['validate', file, '--reporter', 'github']);
    expect(code).toBe(2);
    expect(stdout).toBe(`::error file=${file},line=2,col=11::${MESSAGE}\n`);
  });
});
