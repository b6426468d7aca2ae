import { once } from 'node:events';
import fs from 'node:fs';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import type { BrowserTab } from '../../src/core/tab.ts';
import {
  jsonLines,
  type Logger,
  logConnections,
  type WsLogOptions,
} from '../../src/server/index.ts';
import { runCli } from '../support/cli.ts';
import { startBrowser, temporaryDirectory } from '../support/world.ts';
import { closed, dial, hello, query } from './logged.ts';

/** A server whose log is a file, and how to end both. */
async function startWithFile(
  options: Partial<WsLogOptions> = {},
  makeLogger: (file: string) => Logger = (file) =>
    pino(pino.destination({ dest: file, sync: true })),
) {
  const file = path.join(temporaryDirectory(), 'app.log');
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  const handle = logConnections(server, { logger: makeLogger(file), ...options });
  await once(server, 'listening');
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stop = async () => {
    const gone = once(server, 'close');
    server.close();
    for (const socket of server.clients) socket.close(1012, 'restart');
    await gone;
  };
  return { server, handle, url, file, stop };
}

async function check(...args: string[]) {
  const { code, stdout } = await runCli(['check', '--reporter', 'json', ...args]);
  return { code, result: JSON.parse(stdout) };
}

async function expectPass(...args: string[]): Promise<void> {
  const { code, result } = await check(...args);
  const { verdict, doubts, findings } = result;
  expect({ code, verdict, doubts, findings }).toEqual({
    code: 0,
    verdict: 'pass',
    doubts: [],
    findings: [],
  });
}

/** Connects a session so often, one connection after the other. */
async function connections(url: string, session: string, numbers: number[]): Promise<void> {
  for (const number of numbers) {
    const socket = await dial(url + query(session, number));
    const end = closed(socket);
    if (number % 2 === 0) socket.close(1000);
    else socket.terminate();
    await end;
  }
}

describe('what check says of a log', () => {
  it.each<[string, ((file: string) => Logger) | undefined]>([
    ['pino', undefined],
    ['jsonLines()', (file) => jsonLines((line) => fs.appendFileSync(file, `${line}\n`))],
  ])('is a pass where numbers go on, as %s writes it', async (_, logger) => {
    const { url, file, stop } = await startWithFile({}, logger);
    await Promise.all(['A', 'B', 'C'].map((one) => connections(url, one, [1, 2, 3, 4])));
    await stop();
    await expectPass(file);
  });

  it.each([
    ['repeat', [1, 1, 2], 'sequence-duplicated'],
    ['fall', [1, 3, 2], 'sequence-not-increasing'],
  ])('is a fail where numbers %s', async (_, numbers, finding) => {
    const { url, file, stop } = await startWithFile();
    await connections(url, 'A', numbers);
    await stop();
    const { code, result } = await check(file);
    expect(result.findings.map(({ code }: { code: string }) => code)).toEqual([finding]);
    expect(code).toBe(1);
  });

  it('is a fail where a client sends no number, or none that can be read', async () => {
    const { url, file, stop } = await startWithFile();
    await connections(url, 'A', [1, 2]);
    (await dial(`${url}/?session_id=B`)).close();
    (await dial(`${url}/?session_id=C&connection_sequence=one`)).close();
    await stop();
    const { code, result } = await check(file);
    expect(new Set(result.findings.map(({ code }: { code: string }) => code))).toEqual(
      new Set(['sequence-missing']),
    );
    expect(code).toBe(1);
  });

  it('is a pass where peers leave before their hello, or come with it in a frame', async () => {
    const { url, file, stop } = await startWithFile();
    const first = await dial(url);
    first.send(hello());
    const end = closed(first);
    first.close(1001);
    await end;
    (await dial(url)).terminate();
    const second = await dial(url);
    second.send(hello({ connection_sequence: 3 }));
    await stop();
    await expectPass(file);
  });

  it('is unknown where the server still runs, and a pass of the time before', async () => {
    const { url, file, stop } = await startWithFile();
    await connections(url, 'A', [1, 2, 3]);
    const running = await check(file);
    expect(running).toMatchObject({ code: 3, result: { findings: [] } });
    await expectPass(file, '--since', '1h');
    await stop();
    await expectPass(file);
  });

  it('is a pass over restarts, and unknown where a line is missing', async () => {
    const { url, file, stop } = await startWithFile();
    await connections(url, 'A', [1, 2]);
    await stop();
    const again = await startWithFile({}, () => pino(pino.destination({ dest: file, sync: true })));
    await connections(again.url, 'A', [3, 4]);
    await again.stop();
    await expectPass(file);
    const lines = fs.readFileSync(file, 'utf8').split('\n');
    const at = lines.findIndex((line) => line.includes('connection_opened'));
    fs.writeFileSync(file, lines.toSpliced(at, 2).join('\n'));
    const { code, result } = await check(file);
    expect(code).toBe(3);
    expect(result.doubts).toMatchObject([{ code: 'lines-missing' }]);
  });

  it('is a pass among other lines of the application', async () => {
    const { url, file, stop, server } = await startWithFile();
    const app = pino(pino.destination({ dest: file, sync: true }));
    server.on('connection', () => app.info({ user: 7 }, 'hello, user'));
    app.info('about to serve');
    await connections(url, 'A', [1, 2, 3]);
    app.warn({ heap: 1 }, 'memory is low');
    await stop();
    app.info('goodbye');
    await expectPass(file);
  });
});

describe('who logs in late', () => {
  it('is followed by one line of the application that names both', async () => {
    const app = { logger: undefined as Logger | undefined };
    const { url, file, stop, server, handle } = await startWithFile({}, (to) => {
      app.logger = pino(pino.destination({ dest: to, sync: true }));
      return app.logger;
    });
    server.on('connection', (socket) =>
      socket.on('message', (data) => {
        const [word, session_id, number] = `${data}`.split(' ');
        if (word !== 'login') return;
        const { client_id } = handle.ids(socket) ?? {};
        app.logger?.info({ client_id, session_id, connection_sequence: Number(number) }, 'login');
      }),
    );
    for (const number of [1, 2, 3]) {
      const socket = await dial(url);
      socket.send('hi');
      socket.send(`login A ${number}`);
      const end = closed(socket);
      socket.close(1000);
      await end;
    }
    await stop();
    await expectPass(file);
    const { result } = await check(file);
    expect(result.metrics).toMatchObject({ sessions: 1, reconnects: 2 });
  });
});

const TABS = 12;

/** All tabs are connected. */
async function connectedAll(
  log: ReturnType<typeof startBrowser>['log'],
  tabs: BrowserTab[],
  since: number,
): Promise<void> {
  const opens = () => log.of('connection_opened').length - since;
  await expect.poll(opens, { timeout: 60_000 }).toBeGreaterThanOrEqual(tabs.length);
}

describe.each(['frame', 'query'] as const)(
  'a server that welcomes, hello in the %s',
  (handshake) => {
    it.each<[string, number, ((file: string) => Logger) | undefined]>([
      ['passes', 0, undefined],
      ['is found out where it logs a session under one number', 1, numberOnce],
    ])('%s, through drops, reloads and a restart', async (_, code, logger) => {
      const { url, file, stop, server } = await startWithFile({ welcome: true }, logger);
      const { browser, log } = startBrowser(url, { handshake, minUptimeMs: 0 });
      const tabs = Array.from({ length: TABS }, (_, index) => browser.open(`tab-${index}`));
      for (const tab of tabs) tab.load();
      await connectedAll(log, tabs, 0);
      const steps: ((tab: BrowserTab) => void)[] = [
        (tab) => tab.cut('rst'),
        (tab) => tab.cut('fin'),
        (tab) => tab.reload(),
        (tab) => tab.cut('silent'),
      ];
      for (const step of steps) {
        const since = log.of('connection_opened').length;
        for (const tab of tabs) step(tab);
        // Of a connection that is cut in silence nobody hears: its page is reloaded.
        if (step === steps[3]) for (const tab of tabs) tab.reload();
        await connectedAll(log, tabs, since);
      }
      const since = log.of('connection_opened').length;
      for (const socket of server.clients as Set<WebSocket>) socket.close(1012, 'restart');
      await connectedAll(log, tabs, since);
      for (const tab of tabs) tab.unload('end');
      await stop();
      const checked = await check(file);
      expect(checked.code).toBe(code);
      expect(checked.result.metrics.sessions).toBe(TABS);
      if (code === 0) expect(checked.result).toMatchObject({ findings: [], doubts: [] });
      const text = fs.readFileSync(file, 'utf8');
      expect(text).toContain('"session_verified":true');
      expect(text).not.toContain('"session_verified":false');
      expect(text).toContain('"closed_by":"superseded"');
    });
  },
);

/** The mistake: a context is kept for each session, with the number that it began with. */
function numberOnce(file: string): Logger {
  const numbers = new Map<string, number>();
  return jsonLines((text) => {
    const line = JSON.parse(text);
    const { session_id } = line;
    if (session_id && !numbers.has(session_id)) numbers.set(session_id, line.connection_sequence);
    if (session_id) line.connection_sequence = numbers.get(session_id);
    fs.appendFileSync(file, `${JSON.stringify(line)}\n`);
  });
}
