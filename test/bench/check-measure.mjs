/** Runs what is to be measured, each in a process of its own, and leaves nothing behind. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { endedChildrenCpuMicroseconds, familyOf, peakMiB } from './processes.mjs';

const MB_PER_MIB = 1.048576;
const SAMPLED_EVERY_MS = 20;

/** Progress, beside the figures. */
export const tell = (what) => console.error(`… ${what}`);

const running = new Set();

/** A directory that goes when the process does, with whatever it still runs: gigabytes must not stay. */
export function scratchDirectory() {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'wsdiag-bench-'));
  process.once('exit', () => {
    for (const child of running) child.kill('SIGKILL');
    fs.rmSync(directory, { recursive: true, force: true });
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.once(signal, () => process.exit(130));
  }
  return directory;
}

/** @returns {Promise<Record<string, Measured>[]>} of each round, what each contestant took, by name */
export async function compare(contestants, count) {
  const rounds = [];
  for (let round = 0; round < count; round++) {
    const results = {};
    // To and fro, so that nobody always runs after the same neighbour.
    for (const contestant of round % 2 === 0 ? contestants : contestants.toReversed()) {
      tell(`round ${round + 1} of ${count}: ${contestant.name}`);
      results[contestant.name] = await measure(contestant);
    }
    rounds.push(results);
  }
  return rounds;
}

export function median(rounds, pick) {
  return rounds.map(pick).sort((a, b) => a - b)[Math.floor(rounds.length / 2)];
}

export const rowOf = (rounds, name, lines) => ({
  'lines/s': Math.round(median(rounds, (round) => lines / round[name].seconds)),
  seconds: Number(median(rounds, (round) => round[name].seconds).toFixed(2)),
  'CPU, s': Number(median(rounds, (round) => round[name].cpuSeconds).toFixed(2)),
  'peak, MB': Math.round(median(rounds, (round) => round[name].peakMB)),
});

/**
 * Runs one to its end.
 *
 * @typedef {object} Measured
 * @property {number} seconds
 * @property {number} cpuSeconds
 * @property {number} peakMB the sum of the largest resident sets of all its processes
 */
export async function measure({ name, args, verify, exitCodes = [0] }) {
  const cpuBefore = endedChildrenCpuMicroseconds();
  const from = performance.now();
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
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
  running.delete(child);
  if (!exitCodes.includes(exitCode)) {
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
