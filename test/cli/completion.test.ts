/** What shells make of it: each is asked as if a person had pressed Tab. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../support/cli.ts';
import { temporaryDirectory } from '../support/world.ts';

const has = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status === 0;

/** In a directory that has `one file.log`, `[a-z]*.yaml`, `b.yaml` and `runs/`. */
function directory(): string {
  const made = temporaryDirectory();
  fs.writeFileSync(path.join(made, 'one file.log'), '');
  fs.writeFileSync(path.join(made, '[a-z]*.yaml'), '');
  fs.writeFileSync(path.join(made, 'b.yaml'), '');
  fs.mkdirSync(path.join(made, 'runs'));
  return made;
}

function inShell(shell: string, script: string, ...args: string[]): string[] {
  const { stdout, stderr, status } = spawnSync(shell, args.concat('-c', script), {
    cwd: directory(),
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout.split('\n').filter((line) => line !== '');
}

async function scriptOf(shell: string): Promise<string> {
  const { code, stdout } = await runCli(['completion', shell]);
  expect(code).toBe(0);
  return stdout;
}

/** By what is typed: some that are offered, and some that are not. */
const TYPED: [typed: string, offered: string[], not: string[]][] = [
  ['', ['simulate', 'check', 'completion'], ['--help', 'one file.log']],
  ['si', ['simulate'], ['check']],
  ['--', ['--help', '--version'], ['--seed']],
  ['simulate --s', ['--seed', '--storage'], ['--out', '--help']],
  ['simulate x.yaml --as ', ['chromium', 'firefox', 'node'], ['one file.log']],
  ['sessions --sort g', ['gaps'], ['churn']],
  ['simulate --reporter j', ['json', 'junit'], ['pretty']],
  ['check ', ['one file.log', 'runs'], ['simulate', '--verbose']],
  ['check --client o', ['one file.log'], ['runs']],
  ['check ', ['[a-z]*.yaml', 'b.yaml'], []],
  ['formats aws', ['aws-api-gateway'], ['one file.log']],
  ['completion ', ['bash', 'zsh', 'fish'], ['one file.log']],
  ['simulate --seed ', [], ['one file.log', 'simulate']],
];

const checked = (found: string[], offered: string[], not: string[]) => {
  // Of files, shells tell directories by a slash.
  const words = found.map((line) => line.replace(/\/$/, ''));
  for (const word of offered) expect(words).toContain(word);
  for (const word of not) expect(words).not.toContain(word);
};

describe.runIf(has('bash'))('bash', () => {
  it.each(TYPED)('offers for “%s” what it should', async (typed, offered, not) => {
    const script = await scriptOf('bash');
    const words = typed.split(' ').map((word) => `'${word}'`);
    const found = inShell(
      'bash',
      `${script}
COMP_WORDS=(wsdiag ${words.join(' ')}); COMP_CWORD=${words.length}
_wsdiag; printf '%s\\n' "\${COMPREPLY[@]}"`,
      '--norc',
    );
    checked(found, offered, not);
  });

  it('takes no file’s name for a pattern', async () => {
    const script = await scriptOf('bash');
    const found = inShell(
      'bash',
      `${script}
COMP_WORDS=(wsdiag check '['); COMP_CWORD=2; _wsdiag; printf '%s\\n' "\${COMPREPLY[@]}"`,
      '--norc',
    );
    expect(found).toEqual(['[a-z]*.yaml']);
  });

  it('knows values behind an equals sign', async () => {
    const script = await scriptOf('bash');
    const found = inShell(
      'bash',
      `${script}
COMP_WORDS=(wsdiag sessions --sort = ch); COMP_CWORD=4; _wsdiag; printf '%s\\n' "\${COMPREPLY[@]}"`,
      '--norc',
    );
    expect(found).toEqual(['churn']);
  });
});

/** In place of the completion system, which wants a terminal. */
const ZSH_BUILTINS = `
compdef() { }
compadd() { for each in "\${@[2,-1]}"; do [[ $each == $PREFIX* ]] && print -r -- $each; done; true }
_files() { for each in *; do [[ $each == $PREFIX* ]] && print -r -- $each; done; true }
_describe() { compadd -- \${\${(P)2}%%:*} }`;

describe.runIf(has('zsh'))('zsh', () => {
  it.each(TYPED)('offers for “%s” what it should', async (typed, offered, not) => {
    const script = await scriptOf('zsh');
    const words = typed.split(' ').map((word) => `'${word}'`);
    const found = inShell(
      'zsh',
      `${ZSH_BUILTINS}
${script}
words=(wsdiag ${words.join(' ')}); CURRENT=${words.length + 1}; PREFIX=${words.at(-1)}
_wsdiag`,
      '--no-rcs',
    );
    checked(found, offered, not);
  });

  it('is found by the completion system', async () => {
    const script = await scriptOf('zsh');
    expect(script).toMatch(/^#compdef wsdiag\n/);
  });
});

describe.runIf(has('fish'))('fish', () => {
  it.each(TYPED)('offers for “%s” what it should', async (typed, offered, not) => {
    const script = await scriptOf('fish');
    const found = inShell('fish', `${script}\ncomplete -C 'wsdiag ${typed}'`, '--no-config');
    checked(
      found.map((line) => line.split('\t')[0]?.replaceAll('\\ ', ' ') ?? ''),
      offered,
      not,
    );
  });
});

it('exits 2 for a shell that it does not know', async () => {
  const { code, stderr } = await runCli(['completion', 'tcsh']);
  expect(code).toBe(2);
  expect(stderr).toContain('Allowed choices are bash, zsh, fish');
});
