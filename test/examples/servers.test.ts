import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { io } from 'socket.io-client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runCli } from '../support/cli.ts';
import { isThorough } from '../support/thorough.ts';
import { startBrowser, temporaryDirectory } from '../support/world.ts';

/** An example's server, and what it writes. */
class ExampleServer {
  readonly file = path.join(temporaryDirectory(), 'app.log');
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #text = '';

  constructor(name: string, env: Record<string, string>) {
    const file = path.join(import.meta.dirname, '../../examples', name, 'server.mjs');
    const output = fs.createWriteStream(this.file);
    this.#child = spawn(process.execPath, [file], {
      env: { PATH: process.env.PATH, PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child.stdout?.pipe(output);
    this.#child.stdout?.on('data', (chunk) => {
      this.#text += chunk;
    });
    this.#ended = Promise.all([once(this.#child, 'exit'), once(output, 'close')]);
    onTestFinished(() => void this.#child.kill('SIGKILL'));
  }

  /** Where it listens, once it does. */
  async url(): Promise<string> {
    const url = () => /"url":"([^"]+)"/.exec(this.#text)?.[1];
    await expect.poll(url, { timeout: 60_000 }).toBeDefined();
    return url() as string;
  }

  count(event: string): number {
    return this.#text.split(`"event":"${event}"`).length - 1;
  }

  /** Ends it as a deploy does, and judges its log. */
  async check() {
    this.#child.kill('SIGTERM');
    const [[code]] = (await this.#ended) as [[number]];
    expect(code).toBe(0);
    const { stdout } = await runCli(['check', '--reporter', 'json', this.file]);
    const { verdict, doubts, findings, metrics } = JSON.parse(stdout);
    const codes = new Set(findings.map((finding: { code: string }) => finding.code));
    return { verdict, doubts, findings: [...codes], sessions: metrics.sessions };
  }
}

const SOUND = { verdict: 'pass', doubts: [], findings: [], sessions: 3 };
const BROKEN = { verdict: 'fail', doubts: [], findings: ['sequence-duplicated'], sessions: 3 };
const MISTAKES: [string, Record<string, string>, object][] = [
  ['is sound', {}, SOUND],
  ['is found out with BROKEN=1', { BROKEN: '1' }, BROKEN],
];

describe.runIf(isThorough)('the ws server', () => {
  it.each(MISTAKES)('%s', async (_, env, expected) => {
    const server = new ExampleServer('node-ws', env);
    const url = await server.url();
    for (const [index, handshake] of (['frame', 'query', 'frame'] as const).entries()) {
      const { browser, log } = startBrowser(url, { handshake });
      const tab = browser.open(`tab-${index}`);
      tab.load();
      await log.next('connection_opened', { connection_sequence: 1 });
      tab.cut('rst');
      await log.next('connection_opened', { connection_sequence: 2 });
      tab.reload();
      await log.next('connection_opened', { connection_sequence: 3 });
      if (index > 0) tab.unload('end');
    }
    expect(await server.check()).toEqual(expected);
  });
});

describe.runIf(isThorough)('the Socket.IO server', () => {
  it.each(MISTAKES)('%s', async (_, env, expected) => {
    const server = new ExampleServer('socket.io', env);
    const url = (await server.url()).replace('ws:', 'http:');
    for (const session_id of ['A', 'B', 'C']) {
      let reconnect_token: string | undefined;
      for (const connection_sequence of [1, 2, 3]) {
        const auth = { session_id, connection_sequence, reconnect_token };
        const socket = io(url, { auth, transports: ['websocket'], forceNew: true });
        onTestFinished(() => void socket.disconnect());
        const [welcome] = await once(socket as never, 'welcome');
        reconnect_token ??= welcome.reconnect_token;
        const ends = server.count('connection_closed');
        if (session_id === 'C' && connection_sequence === 3) break;
        socket.disconnect();
        await expect.poll(() => server.count('connection_closed')).toBe(ends + 1);
      }
    }
    expect(await server.check()).toEqual(expected);
  });
});
