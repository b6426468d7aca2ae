import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';

it('the example of a client without a page behind the proxy passes, as people would run it', () => {
  const cwd = path.join(import.meta.dirname, '../../examples/vitest');
  const { status, stdout } = spawnSync('npx', ['vitest', 'run', 'reconnect'], {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
  });
  expect(stdout).toMatch(/Tests .*2 passed/);
  expect(status).toBe(0);
});
