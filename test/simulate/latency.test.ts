/** What latency holds back when a run is about to end. */
import { expect, it } from 'vitest';
import { readSummary, runCli, runDirectoryIn, scenarioFile } from '../support/cli.ts';
import { firstOf } from '../support/thorough.ts';
import { temporaryDirectory } from '../support/world.ts';

const scenario = (text: string) => `name: late-news
seed: 1
duration: 1s
settle: 10s
clients: { count: 1, handshake: query, backoff: { policy: fixed, base: 2s, max: 2s } }
${text}`;

it.each(
  firstOf(
    [
      'the end that a heartbeat made',
      `server: { heartbeat: { interval: 100ms, timeout: 300ms } }
timeline: [{ at: 600ms, fault: latency, for: 400ms, delay: 400ms }]
`,
    ],
    [
      'a crash',
      `timeline:
  - { at: 600ms, fault: latency, for: 400ms, delay: 900ms }
  - { at: 900ms, fault: restart_server, how: crash, down_for: 50ms }
`,
    ],
  ),
)('%s is told to the client, which comes back', async (_, timeline) => {
  const out = temporaryDirectory();
  const { code } = await runCli(['simulate', scenarioFile(scenario(timeline)), '--out', out]);
  expect(code).toBe(0);
  const { metrics } = readSummary(runDirectoryIn(out));
  expect(metrics).toMatchObject({ attempts: 2, welcomed: 2, unrecovered_sessions: 0 });
});
