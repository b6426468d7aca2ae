/** Storms on a server that is not wsdiag's own. */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { freePort, readSummary, runCli, runDirectoryIn, scenarioFile } from '../support/cli.ts';
import { itThoroughly } from '../support/thorough.ts';
import { temporaryDirectory } from '../support/world.ts';

const SERVICE = `node ${fileURLToPath(new URL('../support/service.mjs', import.meta.url))}`;

const TIMELINE = `timeline:
  - { at: 300ms, fault: drop, share: 50% }
  - { at: 600ms, fault: refresh, count: 2 }
`;

const scenario = (port: number, target: string, timeline = TIMELINE, query = '') => `name: mine
seed: 3
duration: 1s
settle: 10s
clients: { count: 4, backoff: { policy: full-jitter, base: 20ms, max: 200ms } }
target:
  url: 'ws://127.0.0.1:${port}/ws${query}'
${target.replace(/^/gm, '  ').trimEnd()}
${timeline}`;

interface Storm {
  /** Of the target, as YAML. */
  target: string;
  timeline?: string;
  query?: string;
  env?: Record<string, string>;
  args?: string[];
}

async function storm({ target, timeline, query, env, args = [] }: Storm) {
  const port = await freePort();
  const out = temporaryDirectory();
  const file = scenarioFile(scenario(port, target, timeline, query));
  const outcome = await runCli(['simulate', file, '--out', out, ...args], {
    env: { PORT: `${port}`, ...env },
  });
  return { ...outcome, out, port };
}

/** Started, and logging to stdout. */
const STARTED = `start: { command: '${SERVICE}' }
log: stdout
`;

/** Where a value is filled in. */
const place = (name: string) => `\${${name}}`;

/** The text of every file of a run. */
const allOf = (out: string): string =>
  fs
    .readdirSync(out, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => fs.readFileSync(path.join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');

describe('a target', () => {
  it('passes where it is sound, and so does its run directory, checked again', async () => {
    const { code, stdout, stderr, out } = await storm({ target: STARTED });
    expect(code, stdout + stderr).toBe(0);
    const run = runDirectoryIn(out);
    expect(fs.readdirSync(run)).toContain('server.log');
    expect(readSummary(run)).toMatchObject({
      verdict: 'pass',
      doubts: [],
      metrics: { unrecovered_sessions: 0 },
    });
    expect((await runCli(['check', run])).code).toBe(0);
  });

  it('fails where it gets the numbers wrong', async () => {
    const { code, stdout } = await storm({ target: STARTED, env: { FORGETS: '1' } });
    expect(code).toBe(1);
    expect(stdout).toContain('logs-disagree');
  });

  itThoroughly('without a log is judged by that of its clients, which says so', async () => {
    const { code, stdout, stderr } = await storm({ target: `start: { command: '${SERVICE}' }` });
    expect(code, stdout + stderr).toBe(0);
    expect(stdout).toMatch(/not checked There is no server log\./);
  });

  itThoroughly('is given by options, beside what a scenario has', async () => {
    const port = await freePort();
    const out = temporaryDirectory();
    const plain = `name: mine\nduration: 1s\nclients: { count: 2 }\ntarget: # mine\n  url: ws://127.0.0.1:1\n  headers: { X-Of: scenario }\n${TIMELINE}`;
    const log = path.join(temporaryDirectory(), 'app.log');
    const { code, stdout, stderr } = await runCli(
      ['simulate', scenarioFile(plain), '--out', out]
        .concat(['--target', `ws://127.0.0.1:${port}`, '--start', SERVICE])
        .concat(['--server-log', log, '--protocol', 'wsdiag']),
      { env: { PORT: `${port}`, LOG: log } },
    );
    expect(code, stdout + stderr).toBe(0);
    const written = fs.readFileSync(path.join(runDirectoryIn(out), 'scenario.yaml'), 'utf8');
    expect(written).toContain('# mine');
    expect(written).toContain('"X-Of":"scenario"');
    expect(fs.readFileSync(path.join(runDirectoryIn(out), 'server.log'), 'utf8')).toBe(
      fs.readFileSync(log, 'utf8'),
    );
  });

  itThoroughly('is restarted, gracefully and by a crash', async () => {
    const timeline = `timeline:
  - { at: 300ms, fault: restart_server, down_for: 100ms }
  - { at: 800ms, fault: restart_server, how: crash, down_for: 100ms }
`;
    const { code, stdout, stderr, out } = await storm({ target: STARTED, timeline });
    expect(code, stdout + stderr).toBe(0);
    const { metrics, coverage } = readSummary(runDirectoryIn(out));
    expect(metrics).toMatchObject({ unrecovered_sessions: 0, connections_of_session_max: 1 });
    expect(coverage).toContainEqual({ code: 'close-missing', ran: true, lacking: null });
  });

  it('that fails when it is asked to end is told of, and so is a line that it had begun', async () => {
    const timeline = 'timeline: [{ at: 500ms, fault: restart_server, down_for: 100ms }]';
    const env = { FAILS_AT_END: '1' };
    const { code, stdout, stderr, out } = await storm({ target: STARTED, timeline, env });
    expect(code, stdout + stderr).toBe(3);
    expect(stderr).toMatch(/wsdiag: `node .*` ended with exit 7 after SIGTERM; it printed last:\n/);
    const run = runDirectoryIn(out);
    const lines = fs.readFileSync(path.join(run, 'server.log'), 'utf8').split('\n');
    expect(lines.filter((line) => line === '{"half')).toHaveLength(2);
    expect(fs.readFileSync(path.join(run, 'faults.ndjson'), 'utf8')).toContain('"exit":"exit 7"');
  });

  itThoroughly(
    'whose log says nothing, or nothing that is understood, is told what to do',
    async () => {
      const silent = await storm({ target: STARTED.replace('stdout', 'stderr') });
      expect(silent.code).toBe(3);
      expect(silent.stderr).toContain('The target logged nothing where `target.log` says.');
      const format = path.join(temporaryDirectory(), 'format.yaml');
      fs.writeFileSync(format, 'where: { never: there }\n');
      const log = `log: { from: stdout, format: ${format} }`;
      const strange = await storm({ target: STARTED.replace('log: stdout', log) });
      expect(strange.code).toBe(3);
      expect(strange.stderr).toMatch(/Run `wsdiag explain .*server\.log` to see how/);
    },
  );

  it('is talked with in a protocol of its own', async () => {
    const target = `${STARTED}protocol: custom
hello: '{"type":"auth","sid":"\${session_id}","n":\${connection_sequence}}'
welcome: { match: { type: ready }, client_id: data.id, last_seen_sequence: data.seen }
`;
    const { code, stdout, stderr, out } = await storm({ target });
    expect(code, stdout + stderr).toBe(0);
    expect(readSummary(runDirectoryIn(out)).metrics).toMatchObject({ unrecovered_sessions: 0 });
  });

  itThoroughly('is told who comes in the address alone, and says nothing', async () => {
    const target = `${STARTED}protocol: custom\nwelcome: open\n`;
    const query = `?sid=${place('session_id')}&n=${place('connection_sequence')}`;
    const { code, stdout, stderr, out } = await storm({ target, query });
    expect(code, stdout + stderr).toBe(0);
    const { metrics } = readSummary(runDirectoryIn(out));
    expect(metrics).toMatchObject({ unrecovered_sessions: 0 });
    expect(allOf(out)).toContain(query);
  });

  itThoroughly('that dies in mid-run ends it, with what it printed last', async () => {
    const { code, stderr } = await storm({ target: STARTED, env: { CRASHES_AFTER: '500' } });
    expect(code).toBe(2);
    expect(stderr).toContain('ended with exit 1 in mid-run; it printed last:');
    expect(stderr).toContain('Error: out of luck');
  });

  it('that is not there is told of before anything is dialled', async () => {
    const { code, stderr, port } = await storm({ target: '' });
    expect(code).toBe(2);
    expect(stderr).toContain(`nothing listens at 127.0.0.1:${port}`);
  });
});

itThoroughly('a target refuses and stalls handshakes by the proxy before it', async () => {
  const timeline = `timeline:
  - { at: 200ms, fault: reject_handshakes, for: 200ms, status: 429 }
  - { at: 210ms, fault: drop, count: 2 }
  - { at: 500ms, fault: stall_handshakes, for: 200ms }
  - { at: 510ms, fault: drop, count: 2 }
  - { at: 800ms, fault: freeze_server, for: 100ms }
`;
  const { code, stdout, stderr, out } = await storm({ target: STARTED, timeline });
  expect(code, stdout + stderr).toBe(0);
  expect(allOf(out)).toContain('"http_status":429');
});

describe('how its log is to be read', () => {
  const file = (named: string) =>
    scenarioFile(scenario(1, `log: { file: app.log, format: ${named} }`, 'timeline: []'));

  it('is validated too, with each mistake at its place', async () => {
    const format = path.join(temporaryDirectory(), 'format.yaml');
    fs.writeFileSync(format, 'event: ev\nfeilds: {}\npattern: "("\n');
    const { code, stdout, stderr } = await runCli(['validate', file(format)]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    const [first, second] = stderr.split('\n').filter((line) => line.startsWith(format));
    expect(first).toBe(`${format}:2:1: unknown key "feilds"; did you mean "fields"?`);
    expect(second).toMatch(/format\.yaml:3:10: /);
    fs.writeFileSync(format, 'event: ev\n');
    expect(await runCli(['validate', file(format)])).toMatchObject({ code: 0, stderr: '' });
  });

  it.each([
    ['ngnix', 'there is no format and no file ngnix; did you mean "nginx"?'],
    ['no/such.yaml', `"format" can't be read: ENOENT`],
  ])('is told of at its place where there is none: %s', async (named, message) => {
    const { code, stderr } = await runCli(['validate', file(named)]);
    expect(code).toBe(2);
    expect(stderr).toContain(`mine.yaml:8:33: ${message}`);
  });
});

describe('before anything starts, it is refused', () => {
  const refusals: [name: string, storm: Partial<Storm>, message: string][] = [
    [
      'to storm another machine',
      { args: ['--target', 'ws://192.0.2.1/ws'] },
      'target.url is at 192.0.2.1, which is not this machine: a storm may harm it. ' +
        'If it is yours, and may be stormed, add --allow-remote 192.0.2.1',
    ],
    [
      'to go on without a variable',
      { target: `headers: { Cookie: 'sid=${place('env.NO_SUCH_SECRET')}' }` },
      'target.headers.Cookie needs the variable NO_SUCH_SECRET, which is not set',
    ],
    [
      'to restart what wsdiag has not started',
      { timeline: 'timeline: [{ at: 1s, fault: restart_server }]' },
      "entry 1 of the timeline is restart_server, which can't be injected into a target that wsdiag has not started",
    ],
    [
      'to drain a server in another way than its own',
      { target: STARTED, timeline: 'timeline: [{ at: 1s, fault: restart_server, drain: 1s }]' },
      'leave `drain` out',
    ],
    [
      'to have a server close connections',
      { timeline: 'timeline: [{ at: 1s, fault: close, code: 1011 }]' },
      'use `by: client`',
    ],
    [
      'to read a log by a description that has mistakes',
      {
        target: `start: { command: '${SERVICE}' }\nlog: { from: stdout, format: ${fileURLToPath(import.meta.url)} }`,
      },
      'this is to say how the log of the target is read',
    ],
  ];

  it.each(refusals)('%s', async (_, { target = '', ...more }, message) => {
    const { code, stderr, out } = await storm({ target, ...more });
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(fs.readdirSync(out)).toEqual([]);
  });
});

itThoroughly('no secret of the environment is in what a run leaves', async () => {
  const SESSION = 'a-secret-of-the-environment';
  const target = `${STARTED}headers: { Cookie: 'sid=\${env.SESSION}' }\n`;
  const query = `?token=${place('env.SESSION')}`;
  const { code, stdout, stderr, out } = await storm({ target, query, env: { SESSION } });
  expect(code, stdout + stderr).toBe(0);
  expect(stdout + stderr + allOf(out)).not.toContain(SESSION);
});
