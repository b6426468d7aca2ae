/**
 * How many reconnects a second wsdiag makes, beside a bare `ws` loop.
 *
 * A cycle is: dial, hello, welcome, end of the TCP connection. The bare loop does nothing else, in a
 * client and a server process. The product does it with its storage, its three logs and, behind the
 * run, its checks, as `wsdiag simulate` on a scenario that drops everyone over and over: as Node, which dials at
 * once, and as Chromium, where each dial passes its gate. A target is the bare loop's server, stormed as Node. What is
 * promised is printed beside it.
 */
import { fork, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { childrenOf, cpuMicroseconds, peakMiB } from './processes.mjs';

const at = (file) => fileURLToPath(new URL(file, import.meta.url));
const WSDIAG = at('../../bin/wsdiag.js');
const WARM_UP_SECONDS = 2;
/** Whoever is connected is dropped, at once or nearly so: most sessions are on their way at any time. */
function dropEveryone(sessions) {
  const periodMs = sessions > 1000 ? 20 : 10;
  const offsetsMs = sessions > 1000 ? [0] : [0, 2, 4, 6, 8];
  return offsetsMs
    .map((offset) => periodMs + offset)
    .map((from) => `  - { every: ${periodMs}ms, from: ${from}ms, fault: drop, how: fin }\n`)
    .join('');
}

export async function storm(args) {
  const { values } = parseArgs({
    args,
    options: {
      sessions: { type: 'string', default: '200,2000' },
      seconds: { type: 'string', default: '6' },
      rounds: { type: 'string', default: '3' },
      'crash-sessions': { type: 'string', default: '10000' },
    },
  });
  const seconds = Number(values.seconds);
  for (const sessions of values.sessions.split(',').map(Number)) {
    const rounds = [];
    for (let round = 0; round < Number(values.rounds); round++) {
      rounds.push({
        bare: await bare(sessions, seconds),
        node: await product('node', sessions, seconds),
        chromium: await product('chromium', sessions, seconds),
        target: await target(sessions, seconds),
      });
    }
    printStorm(sessions, rounds);
  }
  await crash(Number(values['crash-sessions']));
}

/** Samples two processes over a while of the storm. */
async function measure(client, server, seconds) {
  const before = [cpuMicroseconds(client), cpuMicroseconds(server)];
  const from = Date.now();
  await sleep(seconds * 1000);
  const to = Date.now();
  return {
    from,
    to,
    clientCpu: cpuMicroseconds(client) - before[0],
    serverCpu: cpuMicroseconds(server) - before[1],
  };
}

async function bare(sessions, seconds) {
  const server = fork(at('bare-server.mjs'));
  const { port } = await message(server);
  const client = fork(at('bare-client.mjs'), [`ws://127.0.0.1:${port}`, String(sessions)]);
  await sleep(WARM_UP_SECONDS * 1000);
  const before = await ask(client);
  const window = await measure(client.pid, server.pid, seconds);
  const cycles = (await ask(client)) - before;
  const result = toResult(window, cycles, peakMiB(client.pid), peakMiB(server.pid));
  client.disconnect();
  server.disconnect();
  return result;
}

async function target(sessions, seconds) {
  const server = fork(at('bare-server.mjs'));
  const { port } = await message(server);
  const stormed = { pid: server.pid, text: `target: { url: ws://127.0.0.1:${port} }\n` };
  const result = await product('node', sessions, seconds, stormed);
  const serverMiB = peakMiB(server.pid);
  server.disconnect();
  return { ...result, serverMiB };
}

/** @param stormed a server in place of the reference server, and the scenario's text that names it */
async function product(as, sessions, seconds, stormed = { pid: null, text: '' }) {
  const scenario = `name: storm
seed: 1
duration: ${WARM_UP_SECONDS + seconds + 1}s
settle: 30s
clients:
  count: ${sessions}
  as: ${as}
  backoff: { policy: none }
${stormed.text}timeline:
${dropEveryone(sessions)}`;
  return simulate(scenario, async (run) => {
    const server = stormed.pid ?? (await serverOf(run.pid));
    await sleep(WARM_UP_SECONDS * 1000);
    const window = await measure(run.pid, server, seconds);
    const stoppedAt = Date.now();
    const { summary, exitCode, peaks } = await run.ended;
    const cycles = welcomesBetween(window, run.clientLog);
    return {
      ...toResult(window, cycles, peaks.get(run.pid), peaks.get(server)),
      verdict: summary.verdict,
      exitCode,
      checkedIn: (Date.now() - stoppedAt) / 1000,
      loopDelay: summary.metrics.event_loop_delay_p99_ms_by_process,
      total: summary.metrics.welcomed,
    };
  });
}

/** Everyone dropped at once by a server that crashes; everyone back. */
async function crash(sessions) {
  const scenario = `name: crash
seed: 1
duration: 8s
settle: 60s
clients:
  count: ${sessions}
  ramp_up: 5s
  backoff: { policy: full-jitter, base: 500ms, max: 5s }
timeline:
  - at: 7s
    fault: restart_server
    how: crash
    down_for: 500ms
`;
  const { summary, exitCode, peaks } = await simulate(scenario, (run) => run.ended);
  const { verdict, metrics } = summary;
  const all = [...peaks.values()].reduce((sum, mib) => sum + mib, 0);
  console.log(`\n${sessions} sessions, all dropped at once by a server crash`);
  console.table({
    verdict,
    'exit code': exitCode,
    unrecovered: metrics.unrecovered_sessions,
    'recovery p50 / p95 / max, s': `${metrics.recovery_p50_seconds} / ${metrics.recovery_p95_seconds} / ${metrics.recovery_max_seconds}`,
    'peak attempts/s': metrics.peak_attempts_per_second,
    'event-loop delay p99, ms': JSON.stringify(metrics.event_loop_delay_p99_ms_by_process),
    'sum of all processes’ peaks, MiB': Math.round(all),
  });
}

/** Runs `wsdiag simulate` in a directory of its own, and hands the run to `use` while it is there. */
async function simulate(scenario, use) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'wsdiag-bench-'));
  try {
    const file = path.join(directory, 'scenario.yaml');
    const runs = path.join(directory, 'runs');
    fs.writeFileSync(file, scenario);
    const child = spawn(process.execPath, [WSDIAG, 'simulate', file, '--out', runs, '--quiet'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    return await use({
      pid: child.pid,
      clientLog: path.join(runs, 'latest/client.ndjson'),
      ended: endOf(child, path.join(runs, 'latest/summary.json')),
    });
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
}

/** Waits for a run; `peaks`: the largest resident set of each of its processes, MiB. */
async function endOf(child, summary) {
  const peaks = new Map();
  const sampler = setInterval(() => sampleMemory(child.pid, peaks), 100);
  const exitCode = await new Promise((resolve) => child.once('exit', resolve));
  clearInterval(sampler);
  return { exitCode, peaks, summary: JSON.parse(fs.readFileSync(summary, 'utf8')) };
}

async function serverOf(pid) {
  for (;;) {
    const [server] = childrenOf(pid);
    if (server) return server;
    await sleep(10);
  }
}

function sampleMemory(pid, peaks) {
  try {
    for (const process of [pid, ...childrenOf(pid)]) peaks.set(process, peakMiB(process));
  } catch {
    // It has just ended.
  }
}

function welcomesBetween({ from, to }, file) {
  let welcomes = 0;
  for (const line of fs.readFileSync(file, 'utf8').split('\n')) {
    if (!line.includes('"event":"connection_opened"')) continue;
    const time = Date.parse(JSON.parse(line).time);
    if (time >= from && time < to) welcomes += 1;
  }
  return welcomes;
}

const toResult = ({ from, to, clientCpu, serverCpu }, cycles, clientMiB, serverMiB) => ({
  rate: cycles / ((to - from) / 1000),
  clientCpu: clientCpu / cycles,
  serverCpu: serverCpu / cycles,
  clientMiB,
  serverMiB,
});

function printStorm(sessions, rounds) {
  const median = (pick) => rounds.map(pick).sort((a, b) => a - b)[Math.floor(rounds.length / 2)];
  const row = (name) => ({
    'cycles/s': Math.round(median((round) => round[name].rate)),
    'client CPU, µs/cycle': Math.round(median((round) => round[name].clientCpu)),
    'server CPU, µs/cycle': Math.round(median((round) => round[name].serverCpu)),
    'client peak, MiB': Math.round(median((round) => round[name].clientMiB)),
    'server peak, MiB': Math.round(median((round) => round[name].serverMiB)),
  });
  console.log(`\n${sessions} sessions, medians of ${rounds.length} rounds`);
  console.table({
    'bare ws loop': row('bare'),
    'wsdiag as node': row('node'),
    'wsdiag as chromium': row('chromium'),
    'wsdiag as node, on a target': row('target'),
  });
  printRatio('as node / bare ws loop', 0.9, rounds, 'node', 'bare');
  printRatio('as chromium / as node', 0.95, rounds, 'chromium', 'node');
  printRatio('on a target / on the reference server', 0.95, rounds, 'target', 'node');
  const { verdict, loopDelay, checkedIn, total } = rounds.at(-1).node;
  console.log(
    `last run as node: ${verdict}; event-loop delay p99 ${JSON.stringify(loopDelay)} ms; ` +
      `end of run and checks over ${total} connections took ${checkedIn.toFixed(1)} s`,
  );
}

function printRatio(what, least, rounds, one, other) {
  const ratios = rounds.map((round) => round[one].rate / round[other].rate);
  const median = ratios.toSorted((a, b) => a - b)[Math.floor(ratios.length / 2)];
  const all = ratios.map((ratio) => ratio.toFixed(2)).join(', ');
  const met = median >= least ? 'yes' : 'NO';
  console.log(`cycles/s ${what}: ${median.toFixed(2)}, at least ${least}: ${met} (rounds: ${all})`);
}

const message = (child) => new Promise((resolve) => child.once('message', resolve));

async function ask(child) {
  child.send('cycles');
  return (await message(child)).cycles;
}
