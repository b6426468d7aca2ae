/**
 * Two worker processes beside one process, on one machine, against the same server; then as many sockets as this
 * machine holds, by as many workers as that takes, all dropped at once. Workers pay where there are cores for them:
 * what the server's processes take of the CPU is printed beside it.
 */
import { fork, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cpuMicroseconds, endedChildrenCpuMicroseconds, familyOf } from './processes.mjs';

const at = (file) => fileURLToPath(new URL(file, import.meta.url));
const WSDIAG = at('../../bin/wsdiag.js');
/** Of one process, with room for its other files; and of one source address to one port. */
const SOCKETS_OF_WORKER = 16_000;

export async function workers(args) {
  const { values } = parseArgs({
    args,
    options: {
      sessions: { type: 'string', default: '2000' },
      crash: { type: 'string', default: '10000' },
      sockets: { type: 'string', default: '100000' },
      seconds: { type: 'string', default: '6' },
    },
  });
  const seconds = Number(values.seconds);
  await beside('dropped over and over', 1, (url) => cycling(Number(values.sessions), seconds, url));
  await beside('all dropped at once', 1, (url) => dropped(Number(values.crash), 5, url));
  await held(Number(values.sockets));
}

/** The same storm by one process, and by two workers. */
async function beside(what, servers, scenario) {
  const rows = {};
  for (const [name, options] of [
    ['one process', []],
    ['two workers', ['--local-workers', '2']],
  ]) {
    rows[name] = await stormed(servers, scenario, options);
  }
  console.log(`\n${what}`);
  console.table(rows);
  const ratio = rows['two workers']['attempts/s'] / rows['one process']['attempts/s'];
  console.log(`attempts/s of two workers / of one process: ${ratio.toFixed(2)}`);
}

async function held(sockets) {
  const count = Math.ceil(sockets / SOCKETS_OF_WORKER);
  const row = await stormed(count, (url) => dropped(sockets, 60, url), [
    '--local-workers',
    String(count),
  ]);
  console.log(`\n${sockets} sockets held by ${count} workers, all dropped at once`);
  console.table({ [`${count} workers`]: row });
}

/** Whoever is connected is dropped, over and over. */
const cycling = (sessions, seconds, url) => `name: cycles
seed: 1
duration: ${seconds}s
settle: 30s
target: { url: '${url}' }
clients: { count: ${sessions}, backoff: { policy: none } }
timeline:
  - { every: 20ms, from: 20ms, fault: drop, how: fin }
`;

const dropped = (sessions, rampSeconds, url) => `name: dropped
seed: 1
duration: ${rampSeconds + 5}s
settle: 180s
target: { url: '${url}' }
clients:
  count: ${sessions}
  ramp_up: ${rampSeconds}s
  backoff: { policy: full-jitter, base: ${Math.max(1, Math.round(sessions / 4000))}s, max: 60s }
timeline:
  - { at: ${rampSeconds + 3}s, fault: drop, how: rst }
expect:
  unrecovered_sessions: 0
`;

async function stormed(servers, scenario, options) {
  const server = fork(at('cluster-server.mjs'), [String(servers), '0']);
  const { port } = await new Promise((resolve) => server.once('message', resolve));
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'wsdiag-bench-'));
  try {
    const file = path.join(directory, 'scenario.yaml');
    fs.writeFileSync(file, scenario(`ws://127.0.0.1:${port}`));
    const runs = path.join(directory, 'runs');
    const before = endedChildrenCpuMicroseconds();
    const child = spawn(
      process.execPath,
      [WSDIAG, 'simulate', file, '--out', runs, '--quiet', ...options],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    await new Promise((resolve) => child.once('exit', resolve));
    const endedAt = Date.now();
    const clientCpu = (endedChildrenCpuMicroseconds() - before) / 1e6;
    const serverCpu =
      familyOf(server.pid).reduce((sum, pid) => sum + cpuMicroseconds(pid), 0) / 1e6;
    const { verdict, metrics, moments_apart, ...summary } = JSON.parse(
      fs.readFileSync(path.join(runs, 'latest/summary.json'), 'utf8'),
    );
    const ended = Date.parse(summary.started_at) + summary.duration_seconds * 1000;
    return {
      verdict,
      sessions: metrics.sessions,
      'attempts/s': Math.round(metrics.attempts / summary.duration_seconds),
      'peak attempts/s': metrics.peak_attempts_per_second,
      'recovery p50 / max, s': `${metrics.recovery_p50_seconds} / ${metrics.recovery_max_seconds}`,
      'end of storm to verdict, s': Math.round((endedAt - ended) / 100) / 10,
      'moments apart, ms': moments_apart?.apart_ms ?? '-',
      'CPU wsdiag / server, s': `${clientCpu.toFixed(1)} / ${serverCpu.toFixed(1)}`,
    };
  } finally {
    server.disconnect();
    fs.rmSync(directory, { recursive: true, force: true });
  }
}
