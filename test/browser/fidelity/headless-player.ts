import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { WriteLog } from '../../../src/core/records.ts';
import { DEFAULT_CLIENT_SETTINGS } from '../../../src/core/settings.ts';
import type { BrowserTab } from '../../../src/core/tab.ts';
import { RealBrowser } from '../../../src/real/browser.ts';
import { openSessionStorageStore } from '../../../src/real/session-storage.ts';
import { CannotPlay, type Player, type PlayerTab } from './player.ts';
import { type Seen, seenByPage } from './seen.ts';
import type { PageSettings } from './settings.ts';

/** wsdiag's own client: no window, no browser, the same core. */
export class HeadlessPlayer implements Player {
  readonly name = 'headless';
  readonly serverHost = '127.0.0.1';
  readonly origin = null;
  readonly #store;
  readonly #directory: string;
  readonly #browsers: RealBrowser[] = [];

  constructor() {
    this.#directory = fs.mkdtempSync(path.join(os.tmpdir(), 'wsdiag-headless-'));
    this.#store = openSessionStorageStore(this.#directory);
  }

  async open(
    kind: 'page' | 'frames' | 'blocked',
    settings: PageSettings,
    see: (seen: Seen) => void,
  ): Promise<PlayerTab> {
    if (kind === 'frames') throw new CannotPlay('a tab has one document');
    if (kind === 'blocked') throw new CannotPlay('storage is always there');
    const browser = new RealBrowser({
      url: new URL(settings.url),
      settings: { ...DEFAULT_CLIENT_SETTINGS, ...settings.client },
      log: witness(see),
      store: this.#store,
      as: 'node',
      seed: 1,
    });
    this.#browsers.push(browser);
    const tab = browser.open(settings.row);
    tab.load();
    return this.#tab(browser, tab);
  }

  async reopenClosed(): Promise<PlayerTab> {
    throw new CannotPlay('a closed tab is gone with its storage');
  }

  async saveSession(): Promise<void> {}

  async kill(): Promise<void> {
    throw new CannotPlay('it lives in the process of the test');
  }

  async restore(): Promise<PlayerTab[]> {
    throw new CannotPlay('it lives in the process of the test');
  }

  async stop(): Promise<void> {
    for (const browser of this.#browsers) {
      for (const tab of browser.tabs) tab.unload('end');
      browser.dispose();
    }
    this.#store.close();
    fs.rmSync(this.#directory, { recursive: true, force: true });
  }

  #tab(browser: RealBrowser, tab: BrowserTab): PlayerTab {
    return {
      reload: async () => tab.reload(),
      hitReload: async (times, everyMs) => {
        for (let hit = 0; hit < times; hit++) {
          if (hit > 0) await new Promise((resolve) => setTimeout(resolve, everyMs));
          tab.reload();
        }
      },
      navigate: cannot('a tab stays on one page'),
      back: cannot('a tab stays on one page'),
      closeSocket: async (code, reason) => tab.close(code, reason),
      openCopy: async () => {
        tab.duplicate();
        return this.#tab(browser, browser.tabs.at(-1) as BrowserTab);
      },
      duplicate: async () => {
        tab.duplicate();
        return this.#tab(browser, browser.tabs.at(-1) as BrowserTab);
      },
      hide: cannot('nobody looks at its tabs'),
      discard: cannot('tabs are not discarded'),
      activate: cannot('tabs are not discarded'),
      crash: cannot('tabs do not crash'),
      reloadCrashed: cannot('tabs do not crash'),
      setOffline: async (offline) => tab.setOnline(!offline),
      setLink: async (up) => tab.setOnline(up),
      timer: cannot('nobody looks at its tabs'),
      close: async () => tab.closeTab(),
    };
  }
}

const cannot = (why: string) => async (): Promise<never> => {
  throw new CannotPlay(why);
};

/** Its log says in wsdiag's words what pages say in the browser's. */
function witness(see: (seen: Seen) => void): WriteLog<'client'> {
  const documents = new Map<string, number>();
  const write = (event: string, fields: Record<string, unknown>) => {
    const document = String(fields.document_id);
    const line = (documents.get(document) ?? 0) + 1;
    documents.set(document, line);
    const told = { ...fields, ...inPageWords(event, fields) };
    const seen = seenByPage({ ...told, document, line, time: Date.now() });
    if (seen) see(seen);
  };
  return write as WriteLog<'client'>;
}

function inPageWords(event: string, fields: Record<string, unknown>) {
  if (event === 'connection_closed') {
    const { close_code, close_reason, was_clean } = fields;
    return {
      event: 'close',
      opened: true,
      code: close_code,
      reason: close_reason,
      clean: was_clean,
    };
  }
  if (event === 'connection_failed') return { event: 'close', opened: false };
  if (event === 'document_unloaded') return { event: 'pagehide', persisted: false };
  if (event === 'document_loaded') return { event: 'loaded' };
  return { event };
}
