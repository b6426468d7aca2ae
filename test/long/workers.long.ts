/** A run on real sockets, its logs dealt to workers. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { judgeRun } from '../../src/simulate/judge.ts';
import type { Line, Lines } from '../judge/world.ts';
import { dealt, written } from '../support/dealt.ts';
import { storedRun } from '../support/stored-run.ts';

const CLIENTS = 120;
const SCENARIO = `name: crashy
seed: 3
duration: 3s
settle: 10s
clients:
  count: ${CLIENTS}
  as: node
  backoff: { policy: full-jitter, base: 100ms, max: 500ms }
timeline:
  - { at: 400ms, fault: drop, share: 40% }
  - { at: 900ms, fault: restart_server, how: crash, down_for: 300ms }
  - { at: 1500ms, fault: refresh, share: 30% }
  - { at: 1800ms, fault: restart_server, how: crash, down_for: 200ms }
  - { at: 2300ms, fault: latency, share: 20%, delay: 50ms, for: 400ms }
`;

it('is judged alike', async () => {
  const { run, result, remove } = await storedRun(SCENARIO);
  const lines = Object.fromEntries(
    (['server', 'client', 'faults'] as const).map((log) => [
      log,
      linesIn(path.join(run, `${log}.ndjson`)),
    ]),
  ) as Lines;
  for (const workers of [1, 2, 3, 7]) {
    const { verdict, findings, metrics } = await judgeRun(
      written(dealt(lines, workers, CLIENTS), SCENARIO),
    );
    const { peak_sessions_down: down, ...others } = metrics;
    const { peak_sessions_down, ...known } = result.metrics;
    expect({ verdict, findings, metrics: others }).toEqual({
      verdict: 'pass',
      findings: [],
      metrics: known,
    });
    // Of sessions that are lost, and back, within one millisecond, nobody knows which comes first.
    expect(Math.abs((down ?? 0) - (peak_sessions_down ?? 0))).toBeLessThanOrEqual(
      workers === 1 ? 0 : 3,
    );
  }
  remove();
});

const linesIn = (file: string): Line[] =>
  fs
    .readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
