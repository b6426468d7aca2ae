/** Several reference servers behind a balancer, as runs of scenarios. */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judgeRun } from '../../src/simulate/judge.ts';
import { type StoredRun, storedRun } from '../support/stored-run.ts';
import { itThoroughly } from '../support/thorough.ts';
import { temporaryDirectory } from '../support/world.ts';

const scenario = (server: string, ...entries: string[]) => `name: cluster
seed: 1
duration: 3s
settle: 20s
clients:
  count: 30
  as: node
  backoff: { policy: full-jitter, base: 100ms, max: 500ms }
  heartbeat: { message: 300ms, timeout: 1s }
server: { ${server}, heartbeat: { interval: 300ms, timeout: 900ms } }
timeline: [${entries.join(', ')}]
`;

describe('a run with nodes that are killed', () => {
  let stored: StoredRun;
  beforeAll(async () => {
    stored = await storedRun(
      scenario(
        'nodes: 3',
        '{ at: 500ms, fault: restart_server, how: crash, node: 2, down_for: 1s }',
        '{ at: 800ms, fault: restart_server, how: crash, node: 1, down_for: 200ms }',
        '{ at: 1500ms, fault: drop, how: silent, share: 20% }',
        '{ at: 2s, fault: restart_server, node: 3, drain: 300ms, down_for: 100ms }',
        '{ at: 2800ms, fault: close, by: server, code: 4000, share: 50% }',
      ),
    );
  });
  afterAll(() => stored.remove());

  it('passes, with a log of each node', () => {
    expect(stored.result.verdict, JSON.stringify(stored.result.findings)).toBe('pass');
    const servers = stored.result.evidence.filter(({ file }) =>
      path.basename(file).startsWith('server'),
    );
    expect(servers.map(({ file }) => path.basename(file))).toEqual(
      [1, 2, 3].map((node) => `server-${node}.ndjson`),
    );
    for (const { lines } of servers) expect(lines).toBeGreaterThan(2);
    expect(Object.keys(stored.result.metrics.close_codes.client)).toEqual(
      expect.arrayContaining(['1006', '1012']),
    );
  });

  it('names the node of each fault that is one node’s', () => {
    const lines = fs.readFileSync(path.join(stored.run, 'faults.ndjson'), 'utf8').split('\n');
    const restarts = lines
      .filter((line) => line.includes('"restart_server"'))
      .map((line) => JSON.parse(line))
      .filter(({ event }) => event === 'fault_injected');
    expect(restarts.map(({ node, kills_server }) => [node, kills_server])).toEqual([
      [2, true],
      [1, true],
      [3, false],
    ]);
  });

  it('misses a close that a node’s log lacks, and a node’s log', async () => {
    const run = temporaryDirectory();
    fs.cpSync(stored.run, run, { recursive: true });
    const file = path.join(run, 'server-3.ndjson');
    const lines = fs.readFileSync(file, 'utf8').split('\n');
    const at = lines.findIndex((line) => line.includes('"close_code":1012'));
    fs.writeFileSync(file, lines.toSpliced(at, 1).join('\n'));
    const lacking = await judgeRun(run);
    expect(lacking.findings.map(({ code }) => code)).toContain('close-missing');
    fs.rmSync(file);
    const { verdict, doubts } = await judgeRun(run);
    expect(verdict).not.toBe('pass');
    expect(doubts).toContainEqual(
      expect.objectContaining({ code: 'log-missing', where: { file } }),
    );
  });
});

const TROUBLES = [
  ['{ at: 1s, fault: restart_server, down_for: 300ms }'],
  ['{ at: 1s, fault: restart_server, how: crash, down_for: 300ms }'],
  ['{ at: 1s, fault: restart_server, how: crash, down_for: 300ms, rolling: { pause: 0s } }'],
  ['{ at: 1s, fault: freeze_server, node: 2, for: 1s }'],
  ['{ at: 1s, fault: freeze_server, for: 1s }'],
  ['{ at: 1s, fault: duplicate_tab }', '{ at: 1500ms, fault: drop }'],
  ['{ at: 0s, fault: reject_handshakes, for: 1s }'],
  ['{ at: 0s, fault: stall_handshakes, for: 1s }'],
  ['{ at: 0s, fault: close_on_open, for: 1s }'],
];

// One after the other: each has ten processes.
for (const entries of TROUBLES) {
  itThoroughly(`whatever happens to nodes, everyone is back: ${entries.join(', ')}`, async () => {
    const text = scenario('nodes: 3, balance: least-connections', ...entries);
    const { result, remove } = await storedRun(text);
    remove();
    expect(result).toMatchObject({ findings: [], doubts: [], verdict: 'pass' });
  });
}

itThoroughly('a deploy that drains its nodes has a lower peak, and is sooner over', async () => {
  const shipped = fs.readFileSync('scenarios/rolling-deploy.yaml', 'utf8');
  const metricsOf = async (drain: string) => {
    const text = shipped.replace('drain: 5s', `drain: ${drain}`);
    const { result, remove } = await storedRun(text.replace(/^expect:.*/ms, ''));
    remove();
    expect(result.verdict).toBe('pass');
    return result.metrics;
  };
  const [drained, atOnce] = await Promise.all(['5s', '0s'].map(metricsOf));
  expect(atOnce?.peak_attempts_per_second).toBeGreaterThan(
    1.2 * (drained?.peak_attempts_per_second ?? Infinity),
  );
  expect(atOnce?.recovery_p95).toBeGreaterThan(3 * (drained?.recovery_p95 ?? Infinity));
});

itThoroughly('admits no more at once than it is told to', async () => {
  // Who is late with the hello is let in for as long.
  const late = '{ at: 0s, fault: latency, delay: 200ms, for: 3s }';
  const { result, remove } = await storedRun(
    scenario('admission: { max_pending: 5, reject_with: 429 }', late),
  );
  remove();
  expect(result.verdict).toBe('pass');
  expect(result.metrics.rejected_handshakes).toBeGreaterThan(0);
  expect(result.metrics.unrecovered_sessions).toBe(0);
});
