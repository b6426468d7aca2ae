import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { runCli, runProcess, scenarioFile, shipped } from '../support/cli.ts';
import { temporaryDirectory } from '../support/world.ts';

const DEPLOY = fs.readFileSync(shipped('deploy.yaml'), 'utf8');

/** Makes runs of two scenarios side by side, for then a busy machine is busy for both. */
async function compared(...scenarios: [string, string]) {
  const runs = await Promise.all(
    scenarios.map(async (text) => {
      const out = temporaryDirectory();
      const file = scenarioFile(text);
      const args = ['--clients', '60', '--repeat', '3', '--out', out, '--quiet'];
      expect((await runProcess(['simulate', file, ...args])).code).toBe(0);
      const [directory = ''] = fs.readdirSync(out).filter((name) => name !== 'latest');
      return path.join(out, directory);
    }),
  );
  const { stdout } = await runCli(['compare', ...runs, '--json']);
  return JSON.parse(stdout);
}

/** For a machine that was busy for a part of these runs, and idle for others. */
const AGAIN = { retry: 2 };

it('two times three runs of one scenario and seed have no difference', AGAIN, async () => {
  const { headlines, causes, observations } = await compared(DEPLOY, DEPLOY);
  expect({ headlines, causes }).toEqual({ headlines: ['No difference beyond noise.'], causes: [] });
  expect(observations).toEqual([{ name: 'waves', runs: [3, 3] }]);
});

it('jitter in place of a fixed wait: the peak fell, and recovery rose', AGAIN, async () => {
  const fixed = DEPLOY.replace('policy: full-jitter', 'policy: fixed');
  const { headlines, metrics } = await compared(fixed, DEPLOY);
  const [headline] = headlines;
  expect(headline).toMatch(
    /^The peak fell from \d+(?:\.\d+)? to \d+(?:\.\d+)? attempts a second \(−\d+ %\), recovery p95 rose from \S+ s to \S+ s /,
  );
  const { peak_attempts_per_second: peak, recovery_p95_seconds: recovery } = metrics;
  expect(peak.changes).toMatchObject([{ is_news: true, is_worse: false }]);
  expect(recovery.changes).toMatchObject([{ is_news: true, is_worse: true }]);
});
