import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { ClientAs } from '../../../src/core/habits.ts';
import type { WriteLog } from '../../../src/core/records.ts';
import { DEFAULT_CLIENT_SETTINGS } from '../../../src/core/settings.ts';
import type { BrowserTab } from '../../../src/core/tab.ts';
import { RealBrowser } from '../../../src/real/browser.ts';
import { openSessionStorageStore, type WebStorage } from '../../../src/real/session-storage.ts';
import { CannotPlay, type PageKind, type Player, type PlayerTab } from './player.ts';
import { type Seen, seenInLog } from './seen.ts';
import type { PageSettings } from './settings.ts';
import { pause } from './stage.ts';

/** How far back a restored session may go. */
const RESTORES_MS = 60_000;

/** wsdiag's own client: no window, no browser, the same core, and the habits of that browser. */
export class HeadlessPlayer implements Player {
  readonly name: string;
  readonly serverHost = null;
  readonly origin = null;
  readonly #as: ClientAs;
  readonly #store;
  readonly #directory: string;
  readonly #browsers: RealBrowser[] = [];
  #savedAt = 0;

  constructor(as: 'Chromium' | 'Firefox') {
    this.name = `headless as ${as}`;
    this.#as = as === 'Chromium' ? 'chromium' : 'firefox';
    this.#directory = fs.mkdtempSync(path.join(os.tmpdir(), 'wsdiag-headless-'));
    this.#store = openSessionStorageStore(this.#directory);
  }

  async open(
    kind: PageKind,
    settings: PageSettings,
    see: (seen: Seen) => void,
  ): Promise<PlayerTab> {
    const store = this.#store;
    const browser = new RealBrowser({
      url: new URL(settings.url),
      settings: { ...DEFAULT_CLIENT_SETTINGS, ...settings.client },
      log: witness(see) as WriteLog<'client'>,
      store: kind === 'blocked' ? { ...store, tab: () => BLOCKED } : store,
      seed: 1,
      as: this.#as,
      restoresMs: RESTORES_MS,
    });
    this.#browsers.push(browser);
    const tab = browser.open(settings.row, settings.ignoresLastSeen ? 'ignores-last-seen' : null);
    tab.load();
    if (kind === 'frames') tab.addFrames(1);
    return this.#tab(browser, tab, see);
  }

  async saveSession(): Promise<void> {
    // So that what is written next is not of the same moment.
    await pause(50);
    this.#savedAt = performance.now();
    await pause(50);
  }

  async kill(): Promise<void> {}

  /** A kill, too: its tabs have no process of their own. */
  async restore(): Promise<PlayerTab[]> {
    const agoMs = performance.now() - this.#savedAt;
    const restored = this.#browsers.flatMap((browser) =>
      browser.tabs.filter((tab) => tab.open).map((tab) => [browser, tab] as const),
    );
    for (const [, tab] of restored) tab.restore(agoMs);
    return restored.map(([browser, tab]) => this.#tab(browser, tab, () => {}));
  }

  async stop(): Promise<void> {
    for (const browser of this.#browsers) {
      for (const tab of browser.tabs) tab.unload('end');
      browser.dispose();
    }
    this.#store.close();
    fs.rmSync(this.#directory, { recursive: true, force: true });
  }

  #tab(browser: RealBrowser, tab: BrowserTab, see: (seen: Seen) => void): PlayerTab {
    const copyOf = () => this.#tab(browser, browser.tabs.at(-1) as BrowserTab, see);
    const player: PlayerTab = {
      reload: async () => tab.reload(),
      hitReload: async (times, everyMs) => {
        for (let hit = 0; hit < times; hit++) {
          if (hit > 0) await pause(everyMs);
          tab.reload();
        }
      },
      navigate: async (to) => (to === 'page' ? tab.navigate() : tab.leave()),
      back: async () => tab.comeBack(),
      closeSocket: async (code, reason) => {
        try {
          tab.close(code, reason);
        } catch (error) {
          const fields = { what: `close(${code})`, name: (error as Error).name };
          witness(see)('throws', fields);
        }
      },
      openCopy: async () => {
        tab.duplicate('navigate');
        return copyOf();
      },
      duplicate: async () => {
        tab.duplicate();
        return copyOf();
      },
      hide: async () => {},
      discard: async () => tab.discard(),
      activate: async () => tab.reopen(),
      crash: async () => tab.crash(),
      reloadCrashed: async () => tab.revive(),
      setOffline: async (offline) => tab.setOnline(!offline),
      setLink: async (up) => tab.setOnline(up),
      timer: async () => {
        throw new CannotPlay('its timers are those of Node, which nobody slows down');
      },
      close: async () => tab.closeTab(true),
      reopen: async () => {
        tab.reopen();
        return player;
      },
    };
    return player;
  }
}

const blocked = (): never => {
  throw new DOMException('the storage is blocked', 'SecurityError');
};
const BLOCKED = {
  getItem: blocked,
  setItem: blocked,
  removeItem: blocked,
  clear: blocked,
} as unknown as WebStorage;

/** Sees each line of its log as the table has it. */
const witness =
  (see: (seen: Seen) => void) =>
  (event: string, fields: object): void => {
    const seen = seenInLog('client', { time: new Date().toISOString(), event, ...fields });
    if (seen) see(seen);
  };
