/** What a server does to everybody, as runs of scenarios. */
import { expect, it } from 'vitest';
import { readSummary, runCli, runDirectoryIn, scenarioFile } from '../support/cli.ts';
import { itThoroughly } from '../support/thorough.ts';
import { temporaryDirectory } from '../support/world.ts';

const scenario = (entry: string) => `name: server-faults
seed: 1
duration: 2500ms
settle: 20s
clients:
  count: 4
  as: node
  backoff: { policy: fixed, base: 100ms, max: 100ms }
  heartbeat: { message: 100ms, timeout: 500ms }
timeline: [${entry}]
`;

async function metricsOf(text: string) {
  const out = temporaryDirectory();
  const { code, stdout } = await runCli(['simulate', scenarioFile(text), '--out', out]);
  expect(code, stdout).toBe(0);
  return readSummary(runDirectoryIn(out)).metrics as Record<string, number>;
}

it('who is closed on open was never welcomed, and comes back once that is over', async () => {
  const { welcomed, ...metrics } = await metricsOf(
    scenario('{ at: 0s, fault: close_on_open, for: 1s }, { at: 1s, fault: drop }'),
  );
  expect(welcomed).toBeGreaterThanOrEqual(4);
  expect(metrics.unrecovered_sessions).toBe(0);
  expect(metrics.failed_attempts).toBeGreaterThanOrEqual(1);
  expect(metrics.rejected_handshakes).toBe(metrics.failed_attempts);
});

itThoroughly('a server that drains says goodbye to everyone before it goes', async () => {
  const { close_codes, ...metrics } = await metricsOf(
    scenario('{ at: 1s, fault: restart_server, drain: 500ms, down_for: 100ms }'),
  );
  expect(metrics.unrecovered_sessions).toBe(0);
  expect(close_codes).toMatchObject({ client: { 1012: metrics.losses } });
});

itThoroughly(
  'a frozen server loses those who listen for it, and all come back when it goes on',
  async () => {
    const metrics = await metricsOf(scenario('{ at: 1s, fault: freeze_server, for: 1s }'));
    expect(metrics.unrecovered_sessions).toBe(0);
    expect(metrics.losses).toBeGreaterThanOrEqual(1);
  },
);
