/**
 * What a proxy costs: `wsdiag proxy`, which reads along and logs, beside a bare TCP pipe in the same language, before
 * the same server and with the same clients. What is promised is printed beside it.
 */
import { fork, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cpuMicroseconds, peakMiB } from './processes.mjs';

const at = (file) => fileURLToPath(new URL(file, import.meta.url));
/** Until the proxy's code is compiled for speed, in either. */
const WARM_UP_MS = 4000;
const TURN_SECONDS = 0.25;
const SETTLE_MS = 50;
/** Connections that send, and that dial, at once. */
const SENDERS = 4;
const DIALLERS = 50;
/** Of 20,000 idle connections. */
const PROMISED_MIB = 400;
const PROMISED_CONNECTIONS = 20_000;
/** Each frame is looked at: of the smallest, there are more than any server takes. */
const leastOf = (size) => (size >= 1024 ? 0.9 : 0);

export async function proxy(args) {
  const { values } = parseArgs({
    args,
    options: {
      sizes: { type: 'string', default: '64,1024,16384,1048576' },
      seconds: { type: 'string', default: '3' },
      rounds: { type: 'string', default: '5' },
      idle: { type: 'string', default: '20000' },
    },
  });
  const [seconds, rounds] = [Number(values.seconds), Number(values.rounds)];
  for (const size of values.sizes.split(',').map(Number)) {
    const load = {
      args: ['send', SENDERS, size],
      count: async ({ server }) => (await ask(server)).bytes / 1e6,
    };
    const results = await compare(load, rounds, seconds);
    print(
      `frames of ${size} bytes, ${SENDERS} connections`,
      'MB/s',
      'µs/MB',
      results,
      leastOf(size),
    );
  }
  const dials = { args: ['dial', DIALLERS], count: async ({ client }) => (await ask(client)).done };
  const results = await compare(dials, rounds, seconds);
  print(`new connections, ${DIALLERS} at once`, 'connections/s', 'µs each', results, 0.8);
  await idle(Number(values.idle));
}

/**
 * Both stand side by side, each with a server and clients of its own, and work in turns of a quarter of a second while
 * the other's clients are stopped: whatever else the machine does then falls on both. Each round has new processes, for
 * the same code is not equally fast in each.
 */
async function compare(load, rounds, seconds) {
  const results = [];
  for (let round = 0; round < rounds; round++) results.push(await compareOnce(load, seconds));
  return results;
}

async function compareOnce({ args, count }, seconds) {
  const sides = { pipe: await openSide('pipe', args), wsdiag: await openSide('wsdiag', args) };
  try {
    await sleep(WARM_UP_MS);
    for (const { client } of Object.values(sides)) client.kill('SIGSTOP');
    const done = { pipe: NOTHING, wsdiag: NOTHING };
    for (let turn = 0; turn < seconds / TURN_SECONDS; turn++) {
      const order = turn % 2 === 0 ? ['pipe', 'wsdiag'] : ['wsdiag', 'pipe'];
      for (const name of order) done[name] = sum(done[name], await takeTurn(sides[name], count));
    }
    return { pipe: perSecond(done.pipe), wsdiag: perSecond(done.wsdiag) };
  } finally {
    for (const side of Object.values(sides)) side.end();
  }
}

const NOTHING = { done: 0, cpu: 0, seconds: 0 };
const sum = (one, other) => ({
  done: one.done + other.done,
  cpu: one.cpu + other.cpu,
  seconds: one.seconds + other.seconds,
});
const perSecond = ({ done, cpu, seconds }) => ({ rate: done / seconds, cpu: cpu / done });

async function takeTurn(side, count) {
  side.client.kill('SIGCONT');
  const [before, cpuBefore, from] = [
    await count(side),
    cpuMicroseconds(side.pid),
    performance.now(),
  ];
  await sleep(TURN_SECONDS * 1000);
  const done = (await count(side)) - before;
  const seconds = (performance.now() - from) / 1000;
  const cpu = cpuMicroseconds(side.pid) - cpuBefore;
  side.client.kill('SIGSTOP');
  // What is on its way would fall into the other's turn.
  await sleep(SETTLE_MS);
  return { done, cpu, seconds };
}

/** A server, a proxy before it, and a client that loads it. */
async function openSide(name, [what, ...args]) {
  const server = fork(at('proxied-server.mjs'));
  const { port } = await message(server);
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'wsdiag-bench-'));
  const proxy = name === 'pipe' ? await barePipe(port) : await wsdiagProxy(port, directory);
  const client = fork(at('proxied-client.mjs'), [what, proxy.port, ...args].map(String));
  return {
    pid: proxy.pid,
    server,
    client,
    end: () => {
      client.kill('SIGKILL');
      server.disconnect();
      proxy.end();
      fs.rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function barePipe(port) {
  const child = fork(at('bare-pipe.mjs'), [String(port)]);
  const { port: own } = await message(child);
  return { pid: child.pid, port: own, end: () => child.disconnect() };
}

async function wsdiagProxy(port, directory) {
  const child = spawn(process.execPath, [
    at('../../bin/wsdiag.js'),
    ...['proxy', '--listen', '0', '--upstream', `ws://127.0.0.1:${port}`],
    ...['--log', path.join(directory, 'proxy.ndjson')],
  ]);
  let said = '';
  for await (const chunk of child.stderr) {
    said += chunk;
    const [, own] = /on ws:\/\/127\.0\.0\.1:(\d+)/.exec(said) ?? [];
    if (own) return { pid: child.pid, port: Number(own), end: () => child.kill('SIGKILL') };
  }
  throw new Error(`wsdiag proxy ended:\n${said}`);
}

/** Connections that were welcomed, and then say nothing. */
async function idle(wanted) {
  // Two files each.
  const number = Math.min(wanted, Math.floor((openFilesLimit() - 200) / 2));
  const from = performance.now();
  const { pid, client, end } = await openSide('wsdiag', ['idle', number]);
  while ((await ask(client)).done < number) await sleep(100);
  const took = performance.now() - from;
  const peak = peakMiB(pid);
  end();
  const promised = (PROMISED_MIB * number) / PROMISED_CONNECTIONS;
  const fewer = number < wanted ? ` (${wanted} need more open files than the limit here)` : '';
  console.log(
    `\n${number} idle connections${fewer}, all there after ${(took / 1000).toFixed(1)} s: ` +
      `peak ${Math.round(peak)} MiB, at most ${Math.round(promised)}: ${peak <= promised ? 'yes' : 'NO'}`,
  );
}

function openFilesLimit() {
  const limits = fs.readFileSync('/proc/self/limits', 'utf8');
  return Number(/^Max open files\s+(\d+)/m.exec(limits)[1]);
}

function print(what, rateUnit, cpuUnit, rounds, least) {
  const median = (pick) => rounds.map(pick).sort((a, b) => a - b)[Math.floor(rounds.length / 2)];
  const row = (name) => ({
    [rateUnit]: Math.round(median((round) => round[name].rate)),
    [`proxy CPU, ${cpuUnit}`]: Math.round(median((round) => round[name].cpu)),
  });
  console.log(`\n${what}, medians of ${rounds.length} rounds`);
  console.table({ 'bare pipe': row('pipe'), 'wsdiag proxy': row('wsdiag') });
  const ratio = median((round) => round.wsdiag.rate / round.pipe.rate);
  const all = rounds.map((round) => (round.wsdiag.rate / round.pipe.rate).toFixed(2)).join(', ');
  const promised = least === 0 ? '' : `, at least ${least}: ${ratio >= least ? 'yes' : 'NO'}`;
  console.log(`wsdiag proxy / bare pipe: ${ratio.toFixed(2)}${promised} (rounds: ${all})`);
}

const message = (child) => new Promise((resolve) => child.once('message', resolve));

function ask(child) {
  child.send('count');
  return message(child);
}
