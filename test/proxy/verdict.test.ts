import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LOG_SCHEMA, type LogEvents } from '../../src/core/records.ts';
import { DEFAULT_CLIENT_SETTINGS, type Defect } from '../../src/core/settings.ts';
import type { RunningProxy } from '../../src/proxy/index.ts';
import { RealBrowser } from '../../src/real/browser.ts';
import { openLog } from '../../src/real/logs.ts';
import { openSessionStorageStore } from '../../src/real/session-storage.ts';
import { WSDIAG_VERSION } from '../../src/real/version.ts';
import { readLines, runCli } from '../support/cli.ts';
import { startServer, temporaryDirectory } from '../support/world.ts';
import { startProxied } from './support.ts';

type Tab = ReturnType<RealBrowser['open']>;
type Way = 'frame' | 'query';
type Until = (event: keyof LogEvents['client'], number: number) => Promise<void>;

/**
 * A headless client with a log of its own, a service that logs nothing, and the proxy between them: what `check` says
 * of them after the story.
 */
async function verdictOf(
  story: (world: { proxy: RunningProxy; tab: Tab; until: Until }) => Promise<void>,
  { defect = null, handshake = 'frame' }: { defect?: Defect | null; handshake?: Way } = {},
) {
  const { url } = await startServer({ heartbeatIntervalMs: 50, heartbeatTimeoutMs: 100 });
  const { proxy, log, faultsLog, stopped, lines } = await startProxied(url);
  const clientLog = path.join(temporaryDirectory(), 'client.ndjson');
  const clients = openLog<'client'>(clientLog, { onError: () => {} });
  const store = openSessionStorageStore(temporaryDirectory());
  const about = { wsdiag_version: WSDIAG_VERSION, log_schema: LOG_SCHEMA };
  clients.write('client_started', { ...about, url: proxy.url });
  const browser = new RealBrowser({
    url: new URL(proxy.url),
    settings: {
      ...DEFAULT_CLIENT_SETTINGS,
      handshake,
      backoff: { policy: 'none', baseMs: 0, maxMs: 0 },
      heartbeatTimeoutMs: 500,
    },
    log: clients.write,
    store,
    seed: 1,
    as: 'node',
  });
  onTestFinished(() => {
    browser.dispose();
    store.close();
  });
  const tab = browser.open('tab', defect);
  tab.load();
  const until: Until = (event, number) =>
    expect
      .poll(() => {
        clients.flush();
        return readLines(clientLog).filter((line) => line.event === event).length;
      }, POLL)
      .toBeGreaterThanOrEqual(number);
  await until('connection_opened', 1);
  await story({ proxy, tab, until });
  for (const tab of browser.tabs) tab.unload('end');
  await expect.poll(() => browser.openSockets, POLL).toBe(0);
  await expect.poll(() => proxy.sessions(), POLL).toEqual([]);
  clients.write('client_stopped', {
    ...about,
    event_loop_delay_p99_ms: null,
    interrupted: false,
  });
  clients.close();
  await stopped();
  const { code, stdout } = await runCli(['check', log, faultsLog, clientLog, '--verbose']);
  return { code, stdout, lines: lines(), log, clientLog };
}

/** Room for a machine that is busy with something else. */
const POLL = { timeout: 30_000 };

describe('a service that logs nothing, and a sound client', () => {
  it.each(['frame', 'query'] as const)('pass after drops; hello in a %s', async (handshake) => {
    const { code, stdout, log, clientLog } = await verdictOf(
      async ({ proxy, tab, until }) => {
        await proxy.drop({ how: 'rst' });
        await until('connection_opened', 2);
        await proxy.drop({ how: 'fin' });
        await until('connection_opened', 3);
        await proxy.close({ code: 1013, reason: 'later' });
        await until('connection_opened', 4);
        tab.reload();
        await until('connection_opened', 5);
      },
      { handshake },
    );
    expect(stdout).toMatch(/pass/);
    expect(code).toBe(0);
    // And without the log of faults.
    expect(await runCli(['check', log, clientLog])).toMatchObject({ code: 0 });
  });

  it('pass after refusals and a stall', async () => {
    const { code, stdout } = await verdictOf(async ({ proxy, until }) => {
      await proxy.refuse({ times: 3 });
      await proxy.drop();
      await until('connection_failed', 3);
      await until('connection_opened', 2);
      await proxy.stall({ times: 1 });
      await proxy.drop();
      await until('connection_attempt', 6);
      await proxy.heal();
      await until('connection_opened', 3);
    });
    expect(stdout).toMatch(/pass/);
    expect(code).toBe(0);
  });

  it('pass after a half-open connection, which the server gives up', async () => {
    const { code, stdout, lines } = await verdictOf(async ({ proxy, until }) => {
      await proxy.drop({ how: 'silent' });
      await until('connection_opened', 2);
    });
    expect(stdout).toMatch(/pass/);
    expect(code).toBe(0);
    const gaveUp = { event: 'connection_closed', close_code: 1006, closed_by: 'server' };
    expect(lines).toContainEqual(expect.objectContaining(gaveUp));
  });

  it('pass after latency', async () => {
    const { code, stdout } = await verdictOf(async ({ proxy, tab, until }) => {
      await proxy.latency({ delayMs: 40, jitterMs: 20 });
      tab.reload();
      await until('connection_opened', 2);
      await proxy.drop();
      await until('connection_opened', 3);
      await proxy.heal();
      tab.reload();
      await until('connection_opened', 4);
    });
    expect(stdout).toMatch(/pass/);
    expect(code).toBe(0);
  });
});

describe('a service that logs nothing, and a client with a bug', () => {
  it('fail where it starts at 1 again after a reload', async () => {
    const { code, stdout } = await verdictOf(
      async ({ proxy, tab, until }) => {
        await proxy.drop();
        await until('connection_opened', 2);
        tab.reload();
        await until('connection_opened', 3);
      },
      { defect: 'resets-on-refresh' },
    );
    expect(stdout).toMatch(/sequence-(not-increasing|duplicated)/);
    expect(code).toBe(1);
  });

  it('fail where it never counts on', async () => {
    const { code, stdout } = await verdictOf(
      async ({ proxy, until }) => {
        await proxy.drop();
        await until('connection_opened', 2);
      },
      { defect: 'never-increments' },
    );
    expect(stdout).toMatch(/sequence-duplicated/);
    expect(code).toBe(1);
  });
});
