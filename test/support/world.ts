import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { ClientAs } from '../../src/core/habits.ts';
import type { ClientEvents, ServerEvents, WriteLog } from '../../src/core/records.ts';
import {
  type ClientSettings,
  DEFAULT_CLIENT_SETTINGS,
  DEFAULT_SERVER_SETTINGS,
  type ServerSettings,
} from '../../src/core/settings.ts';
import { RealBrowser } from '../../src/real/browser.ts';
import type { DialledServer } from '../../src/real/dialled-server.ts';
import { ReferenceServer } from '../../src/real/server.ts';
import { openSessionStorageStore } from '../../src/real/session-storage.ts';

type Line<Events> = { [E in keyof Events]: { event: E } & Events[E] }[keyof Events];
export type ServerLine = Line<ServerEvents>;
export type ClientLine = Line<ClientEvents>;

/** A log in memory that tests can wait on. */
export class MemoryLog<L extends { event: string }> {
  readonly lines: L[] = [];
  #waiting: { matches: (line: L) => boolean; found: (line: L) => void }[] = [];

  readonly write = (event: string, fields: object): void => {
    const line = { event, ...fields } as unknown as L;
    this.lines.push(line);
    const woken = this.#waiting.filter(({ matches }) => matches(line));
    this.#waiting = this.#waiting.filter((waiter) => !woken.includes(waiter));
    for (const { found } of woken) found(line);
  };

  /** The first line of that event, with those fields, that is or will be there. */
  next<E extends L['event']>(
    event: E,
    fields: Partial<Extract<L, { event: E }>> = {},
  ): Promise<Extract<L, { event: E }>> {
    const wanted = Object.entries({ event, ...fields });
    const matches = (line: L) =>
      wanted.every(([name, value]) => line[name as keyof L] === (value as unknown));
    return new Promise((resolve) => {
      const found = (line: L) => resolve(line as Extract<L, { event: E }>);
      const there = this.lines.find(matches);
      if (there) found(there);
      else this.#waiting.push({ matches, found });
    });
  }

  of<E extends L['event']>(event: E): Extract<L, { event: E }>[] {
    return this.lines.filter((line) => line.event === event) as Extract<L, { event: E }>[];
  }
}

export const temporaryDirectory = (): string => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'wsdiag-test-'));
  onTestFinished(() => fs.rmSync(directory, { recursive: true, force: true }));
  return directory;
};

export async function startServer(settings: Partial<ServerSettings> = {}, host = '127.0.0.1') {
  const log = new MemoryLog<ServerLine>();
  const server = new ReferenceServer(
    {
      host,
      port: 0,
      settings: { ...DEFAULT_SERVER_SETTINGS, ...settings },
      secret: 'a secret for tests',
    },
    { write: log.write as WriteLog<'server'>, flush: () => {}, close: () => {} },
  );
  const { url } = await server.start();
  onTestFinished(() => server.stop());
  return { server, url, log };
}

export function startBrowser(
  url: string,
  settings: Partial<ClientSettings> = {},
  as: ClientAs = 'node',
  server?: DialledServer,
  processes = 1,
) {
  const log = new MemoryLog<ClientLine>();
  const store = openSessionStorageStore(temporaryDirectory());
  const browser = new RealBrowser({
    url: new URL(url),
    settings: {
      ...DEFAULT_CLIENT_SETTINGS,
      backoff: { policy: 'none', baseMs: 0, maxMs: 0 },
      ...settings,
    },
    log: log.write as WriteLog<'client'>,
    store,
    seed: 1,
    as,
    processes,
    ...(server && { server }),
  });
  onTestFinished(() => {
    for (const tab of browser.tabs) tab.unload('end');
    browser.dispose();
    store.close();
  });
  return { browser, store, log };
}

/** A server, and a tab that is connected to it. */
export async function startConnected(
  settings: {
    client?: Partial<ClientSettings>;
    server?: Partial<ServerSettings>;
    as?: ClientAs;
  } = {},
) {
  const { server, url, log: serverLog } = await startServer(settings.server);
  const { browser, store, log: clientLog } = startBrowser(url, settings.client, settings.as);
  const tab = browser.open('tab');
  tab.load();
  const { session_id } = await clientLog.next('connection_opened', { connection_sequence: 1 });
  return { server, url, serverLog, browser, store, clientLog, tab, session_id };
}
