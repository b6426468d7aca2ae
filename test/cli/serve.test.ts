import fs from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  hasTerminal,
  isLinux,
  linesOf,
  readLines,
  runCli,
  runProcess,
  startCli,
  startProcess,
  startServe,
} from '../support/cli.ts';
import { isThorough } from '../support/thorough.ts';
import { startBrowser, temporaryDirectory } from '../support/world.ts';

/** A tab that is connected to it. */
async function connected(url: string) {
  const { browser, log } = startBrowser(url);
  const tab = browser.open('tab');
  tab.load();
  const { session_id } = await log.next('connection_opened');
  return { tab, log, session_id };
}

describe('the log', () => {
  it('goes to stdout as NDJSON, from server_started to server_stopped', async () => {
    const { cli, url } = await startServe(startProcess);
    const { tab, session_id } = await connected(url);
    tab.unload('close');
    await cli.until(/"connection_closed"/);
    cli.kill('SIGTERM');
    const { code, stdout } = await cli.outcome;
    expect(code).toBe(0);
    expect(linesOf(stdout)).toMatchObject([
      { event: 'server_started', url },
      { event: 'connection_opened', session_id, connection_sequence: 1 },
      { event: 'connection_closed', session_id, connection_sequence: 1, close_code: 1001 },
      { event: 'server_stopped', url },
    ]);
  });

  it('goes to the end of a file', async () => {
    const file = path.join(temporaryDirectory(), 'server.ndjson');
    for (const times of [1, 2]) {
      const { cli, url } = await startServe(startCli, ['--log', file]);
      await connected(url);
      cli.kill('SIGINT');
      expect(await cli.outcome).toMatchObject({ code: 0, stdout: '' });
      const events = readLines(file).map(({ event }) => event);
      const once = ['server_started', 'connection_opened', 'connection_closed', 'server_stopped'];
      expect(events).toEqual(times === 1 ? once : [...once, ...once]);
    }
  });

  it('waits for a slow reader, and loses nothing', async () => {
    const { cli, url } = await startServe(startProcess);
    cli.child.stdout.pause();
    // Far more than a pipe holds.
    const requests = isThorough ? 3000 : 500;
    for (let sent = 0; sent < requests; sent += 100) {
      await Promise.all(Array.from({ length: 100 }, () => requestBadly(url)));
    }
    cli.kill('SIGTERM');
    cli.child.stdout.resume();
    const { code, stdout, stderr } = await cli.outcome;
    expect(code).toBe(0);
    expect(stderr).not.toContain('wsdiag:');
    const lines = linesOf(stdout);
    expect(lines.filter(({ event }) => event === 'handshake_rejected')).toHaveLength(requests);
    expect(lines.at(-1)?.event).toBe('server_stopped');
  });

  it('ends it in peace when its reader goes away', async () => {
    const { cli, url } = await startServe(startProcess);
    await cli.until(/"server_started"/);
    cli.child.stdout.destroy();
    const { log } = await connected(url);
    await log.next('connection_closed', { close_code: 1012 });
    const { code, stderr } = await cli.outcome;
    expect(code).toBe(0);
    expect(stderr).not.toContain('wsdiag:');
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it.runIf(isLinux).each([
    ['a file', '/dev/full', ['--log', '/dev/full'], undefined],
    ['stdout', 'the log', [], 'exec > /dev/full'],
  ])('on a full disk exits 2 with a sentence: %s', async (_, name, args, before) => {
    const { code, stderr } = await runProcess(['serve', '--port', '0', ...args], { before });
    expect(code).toBe(2);
    expect(stderr).toContain(`wsdiag: can't write ${name}: ENOSPC`);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('in a place that is not there exits 2, and nothing listens', async () => {
    const file = path.join(temporaryDirectory(), 'missing/server.ndjson');
    const { code, stderr } = await runCli(['serve', '--port', '0', '--log', file]);
    expect(code).toBe(2);
    expect(stderr).toContain(`wsdiag: can't open ${file}: ENOENT`);
    expect(stderr).not.toContain('wsdiag server on');
  });
});

describe('at a terminal', () => {
  it('tells each event as a timeline does, and in the end what to judge', async () => {
    const file = path.join(temporaryDirectory(), 'server.ndjson');
    const start = (args: string[]) => startCli(args, { columns: 120, env: { NO_COLOR: '1' } });
    const { cli, url } = await startServe(start, ['--log', file]);
    await requestBadly(url, '/', 'Origin: https://app.example');
    const { tab, session_id } = await connected(url);
    tab.unload('close');
    await cli.until(/closed: 1001/);
    cli.kill('SIGINT');
    const { code, stdout } = await cli.outcome;
    expect(code).toBe(0);
    expect(stdout).toMatch(
      new RegExp(
        '0:00.\\d{3} +rejected: foreign-origin \\(HTTP 403\\), a page of https://app.example; serve lets ' +
          'it in with\\s+--allow-origin https://app.example\n' +
          `.* ${session_id.slice(0, 8)}  #1   opened \\(page 1\\)\n` +
          `.* ${session_id.slice(0, 8)}  #1   closed: 1001 going away, by peer, lived \\d+ ms\n`,
      ),
    );
    expect(stdout).not.toContain('"event"');
    expect(stdout).toMatch(
      /^1 session in .*: 1 opened, 1 rejected, 1 closed \(1001 going away\)$/m,
    );
    expect(stdout).toContain(`judge it with: wsdiag check ${file}\n`);
    expect(readLines(file).at(1)).toMatchObject({ origin: 'https://app.example' });
  });

  it.runIf(hasTerminal)('quits by a key', async () => {
    const { cli } = await startServe((args) => startProcess(args, { terminal: true }));
    await cli.until(/\? for the keys/);
    cli.type('q');
    const { code, stdout } = await cli.outcome;
    expect(code).toBe(0);
    expect(stdout).toContain('0 sessions in ');
  });

  // To touch the terminal from there would stop the process.
  it.runIf(hasTerminal && isLinux)('goes on in its background', async () => {
    // Nobody else ends what is in the background of a terminal that goes.
    const under = ['sh', '-c', 'set -m; "$@" & trap "kill $!" HUP TERM EXIT; wait $!', 'sh'];
    const { cli, url } = await startServe((args) => startProcess(args, { terminal: true, under }));
    await connected(url);
    await cli.until(/#1 .*opened/);
    expect(cli.stdout).not.toContain('for the keys');
  });
});

describe('stopping', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('closes everyone with 1012 on %s', async (signal) => {
    const file = path.join(temporaryDirectory(), 'server.ndjson');
    const { cli, url } = await startServe(startCli, ['--log', file]);
    const tabs = await Promise.all([connected(url), connected(url)]);
    cli.kill(signal);
    for (const { log, session_id } of tabs) {
      const closed = { session_id, close_code: 1012, was_clean: true };
      await log.next('connection_closed', closed);
    }
    expect((await cli.outcome).code).toBe(0);
    const lines = readLines(file);
    expect(lines.filter(({ event }) => event === 'connection_closed')).toHaveLength(2);
    expect(lines.at(-1)?.event).toBe('server_stopped');
  });

  it('ends at once on a second signal, though a peer is silent', async () => {
    const { cli, url } = await startServe(startProcess);
    const { tab } = await connected(url);
    tab.cut('silent');
    cli.kill('SIGTERM');
    await expect.poll(() => listens(url), { timeout: 10_000 }).toBe(false);
    cli.kill('SIGTERM');
    const { signal, stdout } = await cli.outcome;
    expect(signal).toBe('SIGTERM');
    expect(stdout).not.toContain('server_stopped');
  });
});

describe('an address that is taken', () => {
  async function serveWhereTaken() {
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const log = path.join(temporaryDirectory(), 'server.ndjson');
    return { cli: startCli(['serve', '--port', `${port}`, '--log', log]), port, log };
  }

  it('is named, with what to do', async () => {
    const { cli, port, log } = await serveWhereTaken();
    await cli.until(new RegExp(`^wsdiag: 127.0.0.1:${port} is taken; choose another with`, 'm'));
    expect(fs.readFileSync(log, 'utf8')).toBe('');
  });

  it('exits 2', async () => {
    const { cli } = await serveWhereTaken();
    expect((await cli.outcome).code).toBe(2);
  });
});

/** An upgrade request that is refused, and leaves one line. */
function requestBadly(
  url: string,
  target = '/?session_id=%20&connection_sequence=1',
  ...headers: string[]
): Promise<void> {
  const { hostname, port, host } = new URL(url);
  const request = [
    `GET ${target} HTTP/1.1`,
    `Host: ${host}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    ...headers,
  ];
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host: hostname, port: Number(port) });
    socket
      .on('error', reject)
      .on('close', () => resolve())
      .resume();
    socket.end(`${request.join('\r\n')}\r\n\r\n`);
  });
}

function listens(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = net.connect({ host: hostname, port: Number(port) });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
