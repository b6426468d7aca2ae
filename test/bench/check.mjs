/**
 * How fast `wsdiag check` reads a long log, and in how much memory, beside DuckDB with both cores and a
 * bare loop of `JSON.parse`: each in a process of its own, in turns, on the same file. Then the same of a
 * server's log and a client's together, which is what a run leaves.
 *
 * With `--gigabytes`, memory alone: `check` on a log of that size, which must stay under the limit.
 */
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeBothLogs, writeLog } from '../support/log-generator.mjs';
import { endedChildrenCpuMicroseconds, familyOf, peakMiB } from './processes.mjs';

const at = (file) => fileURLToPath(new URL(file, import.meta.url));
const WSDIAG = at('../../bin/wsdiag.js');
const CORES = 2;
const MAX_MEMORY_MB = 300;
const MB_PER_MIB = 1.048576;
const SAMPLED_EVERY_MS = 20;
const PROBED_LINES = 10_000;

export async function check(args) {
  const { values } = parseArgs({
    args,
    options: {
      lines: { type: 'string', default: '4000000' },
      sessions: { type: 'string', default: '100000' },
      rounds: { type: 'string', default: '3' },
      'both-lines': { type: 'string', default: '3000000' },
      'both-sessions': { type: 'string', default: '50000' },
      gigabytes: { type: 'string' },
    },
  });
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'wsdiag-bench-'));
  // Gigabytes must not stay behind, however this ends.
  process.once('exit', () => fs.rmSync(directory, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

  const file = path.join(directory, 'server.ndjson');
  const sessions = Number(values.sessions);
  if (values.gigabytes === undefined) {
    const log = generate(file, Number(values.lines), sessions);
    const rounds = Number(values.rounds);
    printRounds(log, await compare(contestantsFor(log), rounds), [LOOP, DUCKDB, CHECK]);
    fs.rmSync(file);
    const both = generateBoth(directory, Number(values['both-lines']), values['both-sessions']);
    printRounds(both, await compare(contestantsForBoth(both), rounds), [DUCKDB, CHECK]);
  } else {
    const bytesALine = writeLog(file, { shape: 'closes', lines: PROBED_LINES, sessions });
    const lines = (Number(values.gigabytes) * 1e9 * PROBED_LINES) / bytesALine.bytes;
    await memory(generate(file, Math.ceil(lines), sessions));
  }
}

function generate(file, lines, sessions) {
  const from = performance.now();
  const { bytes } = writeLog(file, { shape: 'closes', lines, sessions });
  const seconds = (performance.now() - from) / 1000;
  console.log(
    `${lines.toLocaleString('en')} lines, ${(bytes / 1e9).toFixed(2)} GB, ` +
      `${sessions.toLocaleString('en')} sessions; written in ${seconds.toFixed(1)} s`,
  );
  return { file, lines, bytes };
}

/** Of all lines of both logs, the server's. */
const SERVER_SHARE = 0.345;

function generateBoth(directory, lines, sessions) {
  const files = {
    server: path.join(directory, 'server.ndjson'),
    client: path.join(directory, 'client.ndjson'),
  };
  const options = { lines: Math.ceil(SERVER_SHARE * lines), sessions: Number(sessions) };
  const { server, client } = writeBothLogs(files, options);
  const log = { ...files, lines: server.lines + client.lines };
  const gigabytes = ((server.bytes + client.bytes) / 1e9).toFixed(2);
  console.log(
    `server and client: ${log.lines.toLocaleString('en')} lines, ${gigabytes} GB, ` +
      `${options.sessions.toLocaleString('en')} sessions`,
  );
  return log;
}

async function compare(contestants, count) {
  const rounds = [];
  for (let round = 0; round < count; round++) {
    const results = {};
    // To and fro, so that nobody always runs after the same neighbour.
    for (const contestant of round % 2 === 0 ? contestants : contestants.toReversed()) {
      results[contestant.name] = await measure(contestant);
    }
    rounds.push(results);
  }
  return rounds;
}

const LOOP = 'JSON.parse loop';
const DUCKDB = `DuckDB, ${CORES} threads`;
const CHECK = 'wsdiag check';

function contestantsFor({ file, lines }) {
  const expectLines = (output) => {
    if (output.lines !== lines) throw new Error(`read ${output.lines} of ${lines} lines`);
  };
  const ours = (command, ...args) => ({
    name: `wsdiag ${command}`,
    args: [WSDIAG, command, ...args],
  });
  const present = commands();
  const missing = ['sessions', 'timeline'].filter((command) => !present.has(command));
  for (const command of missing) console.log(`wsdiag ${command}: there is no such command yet`);
  return [
    { name: LOOP, args: [at('json-parse-loop.mjs'), file], verify: expectLines },
    {
      name: DUCKDB,
      args: [at('duckdb-check.mjs'), file, String(CORES)],
      verify(output) {
        expectLines(output);
        if (output.decreases !== 0) throw new Error(`found ${output.decreases} decreases`);
      },
    },
    ours('check', file),
    ...(present.has('sessions') ? [ours('sessions', file)] : []),
    ...(present.has('timeline') ? [ours('timeline', firstSession(file), file)] : []),
  ];
}

function contestantsForBoth({ server, client, lines }) {
  return [
    {
      name: DUCKDB,
      args: [at('duckdb-both.mjs'), server, client, String(CORES)],
      verify(output) {
        if (output.lines !== lines) throw new Error(`read ${output.lines} of ${lines} lines`);
      },
    },
    { name: CHECK, args: [WSDIAG, 'check', server, client] },
  ];
}

/** Names of wsdiag's commands, from its help. */
function commands() {
  const { stdout } = spawnSync(process.execPath, [WSDIAG, '--help'], { encoding: 'utf8' });
  return new Set([...stdout.matchAll(/^ {2}([a-z]+)/gm)].map(([, name]) => name));
}

function firstSession(file) {
  const fd = fs.openSync(file, 'r');
  const head = Buffer.alloc(4096);
  fs.readSync(fd, head);
  fs.closeSync(fd);
  return JSON.parse(head.subarray(0, head.indexOf('\n'))).session_id;
}

/** Runs one to its end; `peakMB`: the sum of the largest resident sets of all its processes. */
async function measure({ name, args, verify }) {
  const cpuBefore = endedChildrenCpuMicroseconds();
  const from = performance.now();
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const peaks = new Map();
  const sampler = setInterval(() => sampleMemory(child.pid, peaks), SAMPLED_EVERY_MS);
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr']) {
    child[stream].setEncoding('utf8').on('data', (text) => {
      output[stream] += text;
    });
  }
  const [exitCode, signal] = await new Promise((resolve) => {
    child.once('close', (...end) => resolve(end));
  });
  const seconds = (performance.now() - from) / 1000;
  clearInterval(sampler);
  // Nothing is wrong with the log.
  if (exitCode !== 0) {
    throw new Error(`${name} ended with ${signal ?? exitCode}\n${output.stdout}${output.stderr}`);
  }
  verify?.(JSON.parse(output.stdout));
  return {
    seconds,
    cpuSeconds: (endedChildrenCpuMicroseconds() - cpuBefore) / 1e6,
    peakMB: [...peaks.values()].reduce((sum, mib) => sum + mib, 0) * MB_PER_MIB,
  };
}

function sampleMemory(pid, peaks) {
  try {
    for (const member of familyOf(pid)) peaks.set(member, peakMiB(member));
  } catch {
    // It has just ended.
  }
}

function printRounds({ lines }, rounds, others) {
  const median = (pick) => rounds.map(pick).sort((a, b) => a - b)[Math.floor(rounds.length / 2)];
  const row = (name) => ({
    'lines/s': Math.round(median((round) => lines / round[name].seconds)),
    seconds: Number(median((round) => round[name].seconds).toFixed(2)),
    'CPU, s': Number(median((round) => round[name].cpuSeconds).toFixed(2)),
    'peak, MB': Math.round(median((round) => round[name].peakMB)),
    ...Object.fromEntries(
      others.map((other) => [
        `time / ${other}`,
        Number(median((round) => round[name].seconds / round[other].seconds).toFixed(2)),
      ]),
    ),
  });
  console.log(`medians of ${rounds.length} rounds`);
  console.table(Object.fromEntries(Object.keys(rounds[0]).map((name) => [name, row(name)])));
}

async function memory(log) {
  const { peakMB, seconds } = await measure({
    name: CHECK,
    args: [WSDIAG, 'check', log.file],
  });
  const holds = peakMB < MAX_MEMORY_MB;
  console.log(
    `wsdiag check: peak of ${Math.round(peakMB)} MB in ${seconds.toFixed(1)} s, ` +
      `${holds ? 'under' : 'NOT under'} ${MAX_MEMORY_MB} MB`,
  );
  if (!holds) process.exitCode = 1;
}
