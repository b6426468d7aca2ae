import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';
import { findChromium } from './chromium.ts';

it('the example with a page over the proxy passes, as people would run it', () => {
  const example = path.join(import.meta.dirname, '../../examples/playwright/reconnect.test.js');
  const { status, stdout } = spawnSync(process.execPath, ['--test', example], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, CHROMIUM: findChromium() },
  });
  expect(stdout).toMatch(/✔ pass/);
  expect(status).toBe(0);
});
