import fs from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import {
  type CliOptions,
  freePort,
  type HereOptions,
  hasTerminal,
  isLinux,
  readLines,
  runCli,
  runProcess,
  startCli,
  startProcess,
} from '../support/cli.ts';
import { firstOf, itThoroughly } from '../support/thorough.ts';
import { startServer, temporaryDirectory } from '../support/world.ts';

const words = (url: string, args: string[] = []) => [
  ...['connect', url, '--backoff', 'fixed', '--base', '20ms'],
  ...args,
];

const connect = (url: string, args?: string[], options?: HereOptions) =>
  startCli(words(url, args), options);

const connectProcess = (url: string, args?: string[], options?: CliOptions) =>
  startProcess(words(url, args), options);

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

const SESSION = /session_id=([\w-]+)/;
const opened = (number: number) => new RegExp(`connection_opened .*connection_sequence=${number} `);

describe('keys over a pipe', () => {
  it('drop, refresh and duplicate the tab, and quit', async () => {
    const { url, log } = await startServer();
    const cli = connect(url);
    const [, session_id] = await cli.until(SESSION);
    await cli.until(opened(1));
    cli.type('d');
    await cli.until(/connection_closed .*connection_sequence=1 .*close_code=1006/);
    await cli.until(opened(2));
    cli.type('r');
    await cli.until(/document_unloaded .*connection_sequence=2 .*reason=reload/);
    await cli.until(opened(3));
    cli.type('t');
    const [, copy] = await cli.until(/session_started session_id=([\w-]+) reason=duplicate-tab/);
    expect(copy).not.toBe(session_id);
    await cli.until(new RegExp(`connection_opened session_id=${copy} connection_sequence=1 `));
    cli.type('q');
    expect(await cli.outcome).toMatchObject({ code: 0, stderr: '' });

    const close = { close_code: 1001, was_clean: true };
    await log.next('connection_closed', { session_id, connection_sequence: 3, ...close });
    await log.next('connection_closed', { session_id: copy, connection_sequence: 1, ...close });
    const numbers = log.of('connection_opened').map((line) => line.connection_sequence);
    expect(numbers).toEqual([1, 2, 3, 1]);
  });

  it('drop a connection over TLS', async () => {
    const certificate = fixture('tls/cert.pem');
    const tls = https.createServer({
      key: fs.readFileSync(fixture('tls/key.pem')),
      cert: fs.readFileSync(certificate),
    });
    new WebSocketServer({ server: tls }).on('connection', (socket) => {
      const welcome = { type: 'welcome', version: 1, client_id: 'C' };
      socket.on('message', () => socket.send(JSON.stringify(welcome))).on('error', () => {});
    });
    await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      tls.closeAllConnections();
      tls.close();
    });
    const cli = connectProcess(`wss://127.0.0.1:${(tls.address() as AddressInfo).port}`, [], {
      env: { NODE_EXTRA_CA_CERTS: certificate },
    });
    await cli.until(opened(1));
    cli.type('d');
    await cli.until(/connection_closed .*connection_sequence=1 .*close_code=1006/);
    await cli.until(opened(2));
    cli.type('q');
    expect(await cli.outcome).toMatchObject({ code: 0, stderr: '' });
  });

  it('may come all at once, and others mean nothing', async () => {
    const { url } = await startServer();
    const cli = connect(url);
    await cli.until(opened(1));
    cli.type('x\n\u0000rdtq');
    expect((await cli.outcome).code).toBe(0);
  });

  it('need not come: it goes on at the end of stdin', async () => {
    const { url } = await startServer();
    const cli = connect(url, [], { input: '' });
    await cli.until(opened(1));
    cli.kill('SIGTERM');
    const { code, stdout } = await cli.outcome;
    expect(code).toBe(143);
    expect(stdout).toContain('document_unloaded');
  });
});

describe.runIf(hasTerminal)('keys in a terminal', () => {
  it('work as they are pressed, and Ctrl-C leaves in good order', async () => {
    const { url, log } = await startServer();
    const cli = connectProcess(url, [], { terminal: true });
    await cli.until(/\? for the keys/);
    await cli.until(/#1 .*opened/);
    cli.type('?');
    await cli.until(/keys: d drop, r refresh, t duplicate tab, q quit/);
    cli.type('r');
    await cli.until(/#2 .*opened/);
    cli.type('\u0003');
    expect((await cli.outcome).code).toBe(130);
    await log.next('connection_closed', { connection_sequence: 2, close_code: 1001 });
  });
});

describe('at a terminal', () => {
  it('tells each event as a timeline does, and in the end what to judge', async () => {
    const { url } = await startServer();
    const file = path.join(temporaryDirectory(), 'client.ndjson');
    const cli = connect(url, ['--log', file], { columns: 80, env: { NO_COLOR: '1' } });
    await cli.until(/#1 {3}opened/);
    cli.type('d');
    await cli.until(/#2 {3}opened/);
    cli.type('t');
    await cli.until(/#1 {3}opened[\s\S]*#1 {3}opened/);
    cli.type('q');
    const { code, stdout } = await cli.outcome;
    expect(code).toBe(0);
    const [one, two] = readLines(file)
      .filter(({ event }) => event === 'session_started')
      .map(({ session_id }) => `${session_id}`.slice(0, 8));
    expect(stdout).toMatch(
      new RegExp(
        `^ 0:00.\\d{3}  ${one}       session began \\(new\\)\n` +
          `.*${one}       page 1 loaded \\(navigate\\)\n.* ${one}  #1   attempt\n` +
          `[\\s\\S]*#1   closed: 1006 dropped without a close frame, lived \\d+\\s+ms\n` +
          `[\\s\\S]*${two}       session began \\(duplicate-tab\\), from ${one}\n`,
      ),
    );
    expect(stdout).toMatch(/^2 sessions in \d.*: 3 attempts, 3 opened, 1 closed \(1006 /m);
    expect(stdout).toContain(`judge it with: wsdiag check ${file}\n`);
    const tooWide = stdout.split('\n').filter((line) => line.length > 80 && !line.includes(file));
    expect(tooWide).toEqual([]);
  });

  it('says what keeps a log where none was kept', async () => {
    const { url } = await startServer();
    const { stdout } = await connect(url, ['--for', '50ms'], { columns: 80 }).outcome;
    expect(stdout).toContain('no log was kept; with --log, wsdiag check judges it');
  });
});

describe('--session', () => {
  it('goes on with the session and its numbers after a restart', async () => {
    const { url } = await startServer();
    const session = path.join(temporaryDirectory(), 'session');
    const sessions = new Set<string | undefined>();
    for (const number of [1, 2, 3]) {
      const cli = connect(url, ['--session', session]);
      sessions.add((await cli.until(SESSION))[1]);
      await cli.until(opened(number));
      cli.type('q');
      expect((await cli.outcome).code).toBe(0);
    }
    expect(sessions.size).toBe(1);
  });

  it('goes on after a kill', async () => {
    const { url, log } = await startServer();
    const session = temporaryDirectory();
    const killed = connectProcess(url, ['--session', session]);
    await killed.until(opened(1));
    killed.kill('SIGKILL');
    await killed.outcome;
    await connect(url, ['--session', session]).until(opened(2));
    const [one, two] = log.of('connection_opened');
    expect(two?.session_id).toBe(one?.session_id);
  });

  it('exits 2 while another process has it', async () => {
    const { url } = await startServer();
    const session = temporaryDirectory();
    const holder = connectProcess(url, ['--session', session]);
    await holder.until(opened(1));
    const { code, stderr } = await runCli(['connect', url, '--session', session]);
    expect(code).toBe(2);
    expect(stderr).toContain(`in use by process ${holder.pid}`);
  });

  if (isLinux) {
    itThoroughly('that can grow no further exits 2 with a sentence', async () => {
      const { url } = await startServer();
      const cli = connectProcess(url, [], { before: 'ulimit -f 8' });
      await cli.until(opened(1));
      cli.type('t'.repeat(100));
      const { code, stderr } = await cli.outcome;
      expect(code).toBe(2);
      expect(stderr).toMatch(/^wsdiag: can't write the session storage: .*no space left/);
    });
  }

  it('leaves nothing behind where it was not asked for', async () => {
    const { url } = await startServer();
    const TMPDIR = temporaryDirectory();
    const log = path.join(TMPDIR, 'missing/client.ndjson');
    const ends: [string[], number, string][] = firstOf(
      [['--for', '100ms'], 0, ''],
      [['--log', log], 2, `wsdiag: can't open ${log}: ENOENT`],
    );
    for (const [args, expected, told] of ends) {
      const { code, stderr } = await runProcess(['connect', url, ...args], { env: { TMPDIR } });
      expect(code).toBe(expected);
      expect(stderr).toContain(told);
      expect(fs.readdirSync(TMPDIR)).toEqual([]);
    }
  });
});

describe('--log', () => {
  it('has every line', async () => {
    const { url } = await startServer();
    const file = path.join(temporaryDirectory(), 'client.ndjson');
    const cli = connect(url, ['--log', file]);
    await cli.until(opened(1));
    cli.type('q');
    const { stdout } = await cli.outcome;
    const events = readLines(file).map(({ event }) => event);
    const told = [
      'session_started',
      'document_loaded',
      'connection_attempt',
      'connection_opened',
      'document_unloaded',
    ];
    expect(events).toEqual(['client_started', ...told, 'client_stopped']);
    expect(stdout.match(/(?<=Z )\w+/g)).toEqual(told);
  });

  it.runIf(isLinux).each([[[]], [['--for', '100ms']]])(
    'on a full disk exits 2 with a sentence %j',
    async (quit) => {
      const { url } = await startServer();
      const { code, stderr } = await connect(url, ['--log', '/dev/full', ...quit]).outcome;
      expect(code).toBe(2);
      expect(stderr).toContain("wsdiag: can't write /dev/full: ENOSPC");
    },
  );
});

it('quits where nobody reads on', async () => {
  const { url, log } = await startServer();
  const cli = connectProcess(url);
  await cli.until(opened(1));
  cli.child.stdout.destroy();
  cli.type('r');
  await log.next('connection_closed', { connection_sequence: 1, close_code: 1001 });
  expect(await cli.outcome).toMatchObject({ code: 0, stderr: '' });
});

it('quits after --for', async () => {
  const { url, log } = await startServer();
  const { code, stdout } = await connect(url, ['--for', '300ms']).outcome;
  expect(code).toBe(0);
  expect(stdout).toMatch(opened(1));
  await log.next('connection_closed', { close_code: 1001 });
});

it('sends its hello in the query string where it is told to', async () => {
  const { url } = await startServer();
  const cli = connect(`${url}/path?token=1`, ['--handshake', 'query']);
  await cli.until(opened(1));
  cli.type('q');
  expect((await cli.outcome).code).toBe(0);
});

it('keeps trying where there is no server, and quits all the same', async () => {
  const cli = connect(`ws://127.0.0.1:${await freePort()}`);
  await cli.until(/connection_failed .*connection_sequence=3 error=ECONNREFUSED/);
  cli.type('q');
  expect(await cli.outcome).toMatchObject({ code: 0, stderr: '' });
});

it.each(['foo', 'ws://', 'ws:// x', 'nonsense:', 'http://127.0.0.1', 'localhost:8080'])(
  'exits 2 on the URL "%s"',
  async (url) => {
    const { code, stdout, stderr } = await runCli(['connect', url]);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toBe(`wsdiag: "${url}" is no ws:// or wss:// URL; write ws://host:port\n`);
  },
);
