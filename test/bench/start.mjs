/**
 * How soon a command is there: its time beyond what Node itself takes to start, in the medians of rounds in which
 * each is started once.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BIN = path.join(ROOT, 'bin/wsdiag.js');
const SCENARIO = path.join(ROOT, 'scenarios/ci.yaml');
const ROUNDS = 20;

/** By command, how many milliseconds it may take beyond Node. */
const GOALS = { '--version': 60, '--help': 60, validate: 200, sessions: 200, check: 200 };

export async function start() {
  const out = fs.mkdtempSync(path.join(os.tmpdir(), 'wsdiag-start-'));
  try {
    run(BIN, 'simulate', SCENARIO, '--out', out, '--quiet');
    measure(path.join(out, 'latest'));
  } finally {
    fs.rmSync(out, { recursive: true });
  }
}

function measure(runDirectory) {
  const operands = { validate: [SCENARIO], sessions: [runDirectory], check: [runDirectory] };
  const commands = Object.keys(GOALS);
  const times = { node: [], ...Object.fromEntries(commands.map((name) => [name, []])) };
  // The first round, which fills the system's caches, doesn't count.
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [name, all] of Object.entries(times)) {
      const words = name === 'node' ? ['-e', '0'] : [BIN, name, ...(operands[name] ?? [])];
      const took = run(...words);
      if (round > 0) all.push(took);
    }
  }
  const node = median(times.node);
  console.log(`node -e 0: ${node.toFixed(0)} ms, the median of ${ROUNDS}`);
  for (const [name, goal] of Object.entries(GOALS)) {
    const beyond = median(times[name]) - node;
    const verdict = beyond <= goal ? 'within' : 'BEYOND';
    console.log(
      `${name.padEnd(10)} ${beyond.toFixed(0).padStart(4)} ms more, ${verdict} ${goal} ms`,
    );
    if (beyond > goal) process.exitCode = 1;
  }
}

/** Milliseconds that it takes. */
function run(...words) {
  const began = performance.now();
  execFileSync(process.execPath, words, { stdio: 'ignore' });
  return performance.now() - began;
}

const median = (values) => {
  const sorted = values.toSorted((one, other) => one - other);
  return (
    (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2
  );
};
