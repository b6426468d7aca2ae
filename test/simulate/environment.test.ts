import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  isLinux,
  preloaded,
  QUICK_SCENARIOS,
  runCli,
  runProcess,
  scenarioFile,
} from '../support/cli.ts';
import { isThorough, itThoroughly } from '../support/thorough.ts';
import { temporaryDirectory } from '../support/world.ts';

const SENTENCE = /^wsdiag: .+: (ENOSPC|EFBIG|no space left).*$/m;
const STACK = /^\s+at /m;

/** Writes all the time, and changes the session storage by fault as well. */
const BUSY = `name: busy
seed: 1
duration: 10s
clients: { count: 20, backoff: { policy: none } }
timeline:
  - { every: 50ms, fault: drop }
  - { every: 70ms, fault: duplicate_tab, count: 1 }
  - { every: 70ms, fault: clear_storage, count: 1 }
`;

const LASTING = `  - { at: 10ms, fault: offline, count: 1, for: 1h }
  - { at: 10ms, fault: restart_server, down_for: 1h }
`;

/** A file system of its own, gone with the test; null where it may not be mounted. */
function mountTmpfs(options: string): string | null {
  const directory = temporaryDirectory();
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory]).status !== 0) {
    return null;
  }
  onTestFinished(() => void spawnSync('umount', ['--lazy', directory]));
  return directory;
}

describe('a full disk', () => {
  for (const size of [40, 8, 200]) {
    itThoroughly(`of ${size} KiB under --out exits 2 with a sentence`, async () => {
      const out = mountTmpfs(`size=${size}k`);
      if (out === null) return;
      const { code, stdout, stderr } = await runCli(['simulate', scenarioFile(BUSY), '--out', out]);
      expect(stderr).toMatch(SENTENCE);
      expect(stderr).not.toMatch(STACK);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    });
  }

  const FILES = isThorough ? [2, 3, 4, 5, 6, 7, 8, 9, 10] : [2];

  it.each(FILES)('of %i files exits 2 with a sentence', async (files) => {
    const out = mountTmpfs(`nr_inodes=${files}`);
    if (out === null) return;
    const args = ['simulate', scenarioFile(QUICK_SCENARIOS.pass), '--out', path.join(out, 'runs')];
    const { code, stdout, stderr } = await runCli(args);
    expect(stderr).toMatch(SENTENCE);
    expect(stderr).not.toMatch(STACK);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  itThoroughly('under --storage exits 2 where a fault can’t change it', async () => {
    const storage = mountTmpfs('size=4k');
    if (storage === null) return;
    const out = temporaryDirectory();
    const args = ['simulate', scenarioFile(`${BUSY}${LASTING}`), '--out', out];
    args.push('--storage', storage);
    const { code, stderr } = await runCli(args);
    // Nor does it wait for the faults that last.
    expect(stderr).toMatch(/^wsdiag: a fault can't change the session storage: .*no space left/m);
    expect(stderr).not.toMatch(STACK);
    expect(code).toBe(2);
  });
});

itThoroughly('no process for the server exits 2 with a sentence', async () => {
  const env = preloaded("process.execPath = '/missing/node';");
  const args = ['simulate', scenarioFile(QUICK_SCENARIOS.pass), '--out', temporaryDirectory()];
  const { code, stderr } = await runProcess(args, { env });
  expect(stderr).toContain("wsdiag: the reference server failed: the server can't start: ");
  expect(stderr).toContain('the system gives it no process');
  expect(stderr).not.toMatch(STACK);
  expect(code).toBe(2);
});

describe.runIf(isLinux)('a limit of the shell', () => {
  it.runIf(isThorough).each([4, 40])(
    'on file size, %i KiB, exits 2 with a sentence',
    async (limit) => {
      const args = ['simulate', scenarioFile(BUSY), '--out', temporaryDirectory()];
      const { code, stdout, stderr } = await runProcess(args, { before: `ulimit -f ${limit}` });
      expect(stderr).toMatch(SENTENCE);
      expect(stderr).not.toMatch(STACK);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    },
  );

  it('on open files exits 2 before anything is begun, and says how to raise it', async () => {
    const out = path.join(temporaryDirectory(), 'runs');
    const args = ['simulate', scenarioFile(QUICK_SCENARIOS.pass), '--out', out];
    const before = 'ulimit -n 100';
    const { code, stderr } = await runProcess([...args, '--clients', '37'], { before });
    expect(code).toBe(2);
    expect(stderr).toContain('37 clients need 37 open sockets, and this process may have 36');
    expect(stderr).toContain('ulimit -n');
    expect(fs.existsSync(out)).toBe(false);
  });

  for (const [limit, fit] of [
    [100, 36],
    [200, 136],
  ]) {
    itThoroughly(`of ${limit} open files lets ${fit} through`, async () => {
      const args = ['simulate', scenarioFile(QUICK_SCENARIOS.pass), '--clients', `${fit}`];
      const { code, stdout } = await runProcess([...args, '--out', temporaryDirectory()], {
        before: `ulimit -n ${limit}`,
      });
      expect(stdout).toContain(`${fit} welcomed, 0 failed`);
      expect(code).toBe(0);
    });
  }
});
