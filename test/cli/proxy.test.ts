import fs from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freePort, linesOf, readLines, runCli, startCli, startProcess } from '../support/cli.ts';
import { startBrowser, startServer, temporaryDirectory } from '../support/world.ts';

/** `proxy` before a reference server, once it listens. */
async function startProxyCli(start: typeof startCli | typeof startProcess, args: string[] = []) {
  const { url: upstream } = await startServer();
  const cli = start(['proxy', '--listen', '0', '--upstream', upstream, ...args]);
  const [, url = ''] = await cli.until(/wsdiag proxy on (ws:\/\/[\w.:]+), to/);
  return { cli, url, upstream };
}

describe('the log', () => {
  it('goes to stdout as NDJSON, from server_started to server_stopped', async () => {
    const { cli, url, upstream } = await startProxyCli(startProcess);
    const { browser, log } = startBrowser(url);
    const tab = browser.open('tab');
    tab.load();
    const { session_id, client_id } = await log.next('connection_opened');
    tab.unload('close');
    await cli.until(/"connection_closed"/);
    cli.kill('SIGTERM');
    const { code, stdout } = await cli.outcome;
    expect(code).toBe(0);
    expect(linesOf(stdout)).toMatchObject([
      { event: 'server_started', url, upstream, log_schema: 1 },
      { event: 'connection_opened', session_id, client_id, connection_sequence: 1 },
      { event: 'connection_closed', session_id, client_id, close_code: 1001, closed_by: 'peer' },
      { event: 'server_stopped', url, lines: 3 },
    ]);
  });

  it('goes to a file, faults go to another, and open connections end with it', async () => {
    const directory = temporaryDirectory();
    const [log, faults] = ['proxy.ndjson', 'faults.ndjson'].map((name) =>
      path.join(directory, name),
    ) as [string, string];
    const { cli, url } = await startProxyCli(startCli, [
      ...['--log', log, '--faults-log', faults, '--control', '0'],
    ]);
    const [, control] = await cli.until(/faults on (http:\/\/[\w.:]+)/);
    const { browser, log: clientLog } = startBrowser(url);
    browser.open('tab').load();
    await clientLog.next('connection_opened');
    const dropped = await fetch(`${control}/drop`, { method: 'POST' });
    expect(await dropped.json()).toEqual({ connections: 1 });
    await clientLog.next('connection_opened', { connection_sequence: 2 });
    cli.kill('SIGINT');
    expect(await cli.outcome).toMatchObject({ code: 0, stdout: '' });
    expect(readLines(log).map(({ event }) => event)).toEqual([
      'server_started',
      'connection_opened',
      'connection_closed',
      'connection_opened',
      'connection_closed',
      'server_stopped',
    ]);
    expect(readLines(faults)).toMatchObject([
      { event: 'faults_started' },
      { event: 'fault_injected', fault: 'drop', connection_sequence: 1 },
      { event: 'faults_stopped' },
    ]);
  });

  it('in a place that is not there exits 2, and nothing listens', async () => {
    const file = path.join(temporaryDirectory(), 'missing/proxy.ndjson');
    for (const option of ['--log', '--faults-log']) {
      const args = ['proxy', '--listen', '0', '--upstream', 'ws://127.0.0.1:1', option, file];
      const { code, stderr } = await runCli(args);
      expect(code).toBe(2);
      expect(stderr).toContain(`wsdiag: can't open ${file}: ENOENT`);
      expect(stderr).not.toContain('wsdiag proxy on');
    }
  });
});

describe('an upstream', () => {
  it('that is down is told once, and its clients are answered 502', async () => {
    const upstream = `ws://127.0.0.1:${await freePort()}`;
    const log = path.join(temporaryDirectory(), 'proxy.ndjson');
    const cli = startCli(['proxy', '--listen', '0', '--upstream', upstream, '--log', log]);
    const [, url = ''] = await cli.until(/wsdiag proxy on ws(:\/\/[\w.:]+), to/);
    for (const _ of [1, 2, 3]) expect((await fetch(`http${url}`)).status).toBe(502);
    cli.kill('SIGINT');
    const { code, stderr } = await cli.outcome;
    expect(code).toBe(0);
    const told = `can't reach ${upstream} (ECONNREFUSED): clients are answered 502`;
    expect(stderr.split(told)).toHaveLength(2);
  });

  it.each([
    ['nowhere', '--upstream "nowhere" is no ws:// or wss:// URL; write ws://host:port'],
    ['http://127.0.0.1:1', 'is no ws:// or wss:// URL'],
    ['ws://127.0.0.1:1/a', 'has a path; write ws://127.0.0.1:1, for paths pass'],
  ])('%s exits 2 with what to write', async (upstream, problem) => {
    const { code, stderr } = await runCli(['proxy', '--upstream', upstream]);
    expect(code).toBe(2);
    expect(stderr).toContain(problem);
  });

  it('is asked for', async () => {
    const { code, stderr } = await runCli(['proxy']);
    expect(code).toBe(2);
    expect(stderr).toContain("required option '--upstream <ws-url>' not specified");
  });

  it('may have a certificate of its own, which must be there', async () => {
    const args = ['proxy', '--upstream', 'wss://127.0.0.1:1', '--ca', '/nowhere/ca.pem'];
    const { code, stderr } = await runCli(args);
    expect(code).toBe(2);
    expect(stderr).toContain("wsdiag: can't read /nowhere/ca.pem: ENOENT");
  });
});

describe('an address that is taken', () => {
  it.each(['--listen', '--control'])('is named, with what to do: %s', async (option) => {
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const log = path.join(temporaryDirectory(), 'proxy.ndjson');
    const others = option === '--listen' ? [] : ['--listen', '0'];
    const { code, stderr } = await runCli([
      ...['proxy', '--upstream', 'ws://127.0.0.1:1', '--log', log, ...others],
      ...[option, `${port}`],
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain(`wsdiag: 127.0.0.1:${port} is taken; choose another with ${option}`);
    if (option === '--listen') expect(fs.readFileSync(log, 'utf8')).toBe('');
  });
});
