import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { freePort, runCli, runDirectoryIn, scenarioFile, shipped } from '../support/cli.ts';
import { temporaryDirectory } from '../support/world.ts';

const EXAMPLES = path.join(import.meta.dirname, '../../examples');
const succeeds = (command: string, ...args: string[]) => spawnSync(command, args).status === 0;

interface Example {
  start: string;
  /** Options beside `--target` and `--start`. */
  log: string[];
  /** By the mistake that BROKEN=1 makes. */
  finding: string;
  env?: Record<string, string>;
  isHere: boolean;
}

// Debian's own, for another Python may come first in the path, without its packages.
const PYTHON = '/usr/bin/python3';
const GO = { GO111MODULE: 'off', GOPATH: '/usr/share/gocode', HOME: process.env.HOME ?? '/tmp' };

const built = fs.mkdtempSync(path.join(os.tmpdir(), 'wsdiag-test-'));
afterAll(() => fs.rmSync(built, { recursive: true }));
const GO_SERVER = path.join(built, 'server');

const SERVERS: Record<string, Example> = {
  'node-ws': {
    start: `node ${EXAMPLES}/node-ws/server.mjs`,
    log: ['--server-log', 'stdout'],
    finding: 'sequence-duplicated',
    isHere: true,
  },
  'socket.io': {
    start: `node ${EXAMPLES}/socket.io/server.mjs`,
    log: ['--server-log', 'stdout', '--protocol', 'socket.io'],
    finding: 'sequence-duplicated',
    isHere: true,
  },
  python: {
    start: `${PYTHON} ${EXAMPLES}/python/server.py`,
    log: ['--server-log', 'stderr', '--log-format', `${EXAMPLES}/python/log-format.yaml`],
    finding: 'sequence-not-increasing',
    isHere: succeeds(PYTHON, '-c', 'import websockets'),
  },
  go: {
    // Built once: a restart is no compilation.
    start: `test -x ${GO_SERVER} || go build -o ${GO_SERVER} ${EXAMPLES}/go/server.go && exec ${GO_SERVER}`,
    log: ['--server-log', 'stdout'],
    finding: 'sequence-missing',
    env: GO,
    isHere:
      succeeds('go', 'version') && succeeds('test', '-d', `${GO.GOPATH}/src/github.com/gorilla`),
  },
};

const RESTARTS = `name: restarts
seed: 1
duration: 4s
settle: 15s
clients: { count: 10, backoff: { policy: full-jitter, base: 50ms, max: 500ms } }
timeline:
  - { at: 500ms, fault: drop, share: 50% }
  - { at: 1s, fault: restart_server, how: crash, down_for: 200ms }
  - { at: 2s, fault: restart_server, down_for: 200ms }
  - { at: 3s, fault: restart_server, how: crash, down_for: 200ms }
`;

const CLOSED_ON_OPEN = `name: closed-on-open
seed: 1
duration: 4s
settle: 15s
clients: { count: 10, backoff: { policy: full-jitter, base: 100ms, max: 1s } }
timeline:
  - { at: 1500ms, fault: close_on_open, for: 1s, share: 70% }
  - { at: 1600ms, fault: drop, how: rst }
`;

describe.each(Object.entries(SERVERS))('the server in examples/%s', (_, example) => {
  const { start, log, finding, isHere, env = {} } = example;

  it.runIf(isHere)('passes a storm', async () => {
    const { code, stdout, stderr } = await storm({ ...env });
    expect(code, stdout + stderr).toBe(0);
  });

  it.runIf(isHere)('passes crashes and restarts, with every close accounted for', async () => {
    const { code, stdout, stderr } = await storm({ ...env }, scenarioFile(RESTARTS));
    expect(code, stdout + stderr).toBe(0);
    expect(stdout).toMatch(
      /excused +\d+ connections without a close line, for their server was killed/,
    );
    expect(stdout).not.toContain('close-missing');
  });

  it.runIf(isHere)('passes connections that are closed as they open', async () => {
    const { code, stdout, stderr } = await storm({ ...env }, scenarioFile(CLOSED_ON_OPEN));
    expect(code, stdout + stderr).toBe(0);
  });

  it.runIf(isHere)('is found out where its numbering is broken', async () => {
    const { code, stdout, out } = await storm({ ...env, BROKEN: '1' });
    expect(code).toBe(1);
    expect(stdout).toMatch(/\d+ sessions had connections that the server’s log has under another/);
    const verbose = await runCli(['check', runDirectoryIn(out), '--verbose']);
    expect(verbose.stdout).toContain(`  ${finding}  session`);
  });

  async function storm(env: Record<string, string>, scenario = shipped('ci.yaml')) {
    const port = await freePort();
    const out = temporaryDirectory();
    const words = ['simulate', scenario, '--out', out];
    const target = ['--target', `ws://127.0.0.1:${port}`, '--start', start, ...log];
    const ended = await runCli([...words, ...target], { env: { PORT: `${port}`, ...env } });
    return { ...ended, out };
  }
});
