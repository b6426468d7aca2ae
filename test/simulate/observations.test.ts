/** What sessions did is added up: neither how they are divided, nor the order of other sessions' lines, changes it. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { randomFor } from '../../src/core/random.ts';
import { findSources } from '../../src/logs/index.ts';
import type { RunResult } from '../../src/model/result.ts';
import { judgeLogs } from '../../src/simulate/judge.ts';
import { readSummary, runCli, runDirectoryIn, shipped } from '../support/cli.ts';
import { isThorough, itThoroughly } from '../support/thorough.ts';
import { temporaryDirectory } from '../support/world.ts';

const SESSIONS = 40;

interface Line {
  time: number;
  session: number;
  text: string;
}

/** Sessions that are lost in waves and by themselves, flap, overlap, and come back in step or not. */
function drawn(seed: number): Line[] {
  const random = randomFor(seed, 'observations');
  const isInStep = random() < 0.5;
  const lines: Line[] = [];
  for (let session = 0; session < SESSIONS; session++) {
    let at = 1000 * random();
    for (let nth = 0; nth < 6; nth++) {
      const [wave] = [60_000, 200_000].filter((time) => time > at);
      const isInWave = wave !== undefined && random() < 0.6;
      const end = isInWave
        ? wave + 800 * random()
        : at + (random() < 0.3 ? 400 : 60_000 * random());
      const ids = { session_id: `s${session}`, client_id: `${session}-${nth}` };
      const add = (event: string, ms: number, more: object = {}) => {
        const time = Math.round(ms);
        const iso = new Date(Date.UTC(2026, 0, 1) + time).toISOString();
        const text = `${JSON.stringify({ time: iso, event: `connection_${event}`, ...ids, ...more })}\n`;
        lines.push({ time, session, text });
      };
      add('opened', at);
      if (random() < 0.05) continue;
      add('closed', end, { close_code: [1001, 1006, 1012, 4401][Math.floor(4 * random())] });
      at = end + (isInStep ? 15_000 + 30 * random() : 9000 * random());
    }
  }
  return lines.sort((one, other) => one.time - other.time);
}

function judged(lines: readonly Line[], parts: number): Promise<RunResult> {
  const file = path.join(temporaryDirectory(), 'server.ndjson');
  fs.writeFileSync(file, lines.map(({ text }) => text).join(''));
  return judgeLogs(findSources([file]), { parts });
}

const told = ({ metrics, observations }: RunResult) => ({
  metrics,
  observations: observations.map(({ name, details, evidence }) => ({
    name,
    details,
    lines: evidence.length,
  })),
});

it('what stands out, and metrics, do not depend on parts or on other sessions’ lines', async () => {
  const names = new Set<string>();
  for (const seed of isThorough ? [1, 2, 3, 4] : [1, 2]) {
    const lines = drawn(seed);
    const whole = await judged(lines, 1);
    for (const { name } of whole.observations) names.add(name);
    for (const parts of [2, 7, 64]) expect(told(await judged(lines, parts))).toEqual(told(whole));
    const bySession = lines.toSorted((one, other) => one.session - other.session);
    expect(told(await judged(bySession, 3))).toEqual(told(whole));
  }
  expect(names).toContain('waves');
  expect(names).toContain('lockstep');
  expect(names.size).toBeGreaterThan(2);
});

async function namesIn(scenario: string): Promise<string[]> {
  const out = temporaryDirectory();
  const { code } = await runCli(['simulate', scenario, '--clients', '50', '--out', out]);
  expect(code).not.toBe(1);
  const { observations } = readSummary(runDirectoryIn(out)) as unknown as RunResult;
  return observations.map(({ name }) => name);
}

itThoroughly('a deploy shows its wave, and nothing that it did not cause', async () => {
  expect(await namesIn(shipped('deploy.yaml'))).toEqual(['waves']);
});

itThoroughly('the same deploy without jitter shows that all come back in step', async () => {
  const text = fs.readFileSync(shipped('deploy.yaml'), 'utf8');
  const file = path.join(temporaryDirectory(), 'fixed.yaml');
  fs.writeFileSync(file, text.replace('policy: full-jitter', 'policy: fixed'));
  expect(await namesIn(file)).toEqual(['lockstep', 'waves']);
});
