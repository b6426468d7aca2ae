import type { Driver, DriverTab } from './drivers/driver.ts';
import type { LinkedNetwork } from './network.ts';
import type { PageKind, Player, PlayerTab } from './player.ts';
import { type Seen, seenByPage } from './seen.ts';
import type { PageSettings } from './settings.ts';
import type { Site } from './site.ts';

/** A real browser, with the page under test in its tabs. */
export class BrowserPlayer implements Player {
  readonly name: string;
  readonly serverHost: string | null;
  readonly origin: string;
  readonly #driver: Driver;
  readonly #site: Site;
  readonly #network: LinkedNetwork | undefined;

  /** `network`: the one that the browser runs in, if it has its own. */
  constructor(driver: Driver, site: Site, network?: LinkedNetwork) {
    this.#network = network;
    this.origin = `http://127.0.0.1:${site.port}`;
    this.serverHost = network?.host ?? null;
    this.name = driver.name;
    this.#driver = driver;
    this.#site = site;
  }

  async open(
    kind: PageKind,
    settings: PageSettings,
    see: (seen: Seen) => void,
  ): Promise<PlayerTab> {
    this.#site.listen(settings.row, (line) => {
      const seen = seenByPage(line);
      if (seen) see(seen);
    });
    const url =
      kind === 'blocked'
        ? // Another host than all the others', for it is blocked for good.
          this.#site.address('page', settings, 'localhost')
        : this.#site.address(kind, settings);
    if (kind === 'blocked') await this.#driver.blockStorage(new URL(url).origin);
    return this.#tab(await this.#driver.open(url), url);
  }

  saveSession(): Promise<void> {
    return this.#driver.saveSession();
  }

  kill(): Promise<void> {
    return this.#driver.kill();
  }

  async restore(): Promise<PlayerTab[]> {
    const tabs = await this.#driver.restore(this.origin);
    return tabs.map((tab) => this.#tab(tab, `${this.origin}/`));
  }

  stop(): Promise<void> {
    return this.#driver.stop();
  }

  /** `url`: where its pages are. */
  #tab(tab: DriverTab, url: string): PlayerTab {
    let pages = 0;
    return {
      reload: () => tab.reload(),
      hitReload: (times, everyMs) => tab.hitReload(times, everyMs),
      navigate: (to) =>
        tab.navigate(to === 'page' ? `${url}&page=${++pages}` : new URL('/blank', url).href),
      back: () => tab.back(),
      closeSocket: (code, reason) =>
        tab.evaluate(`story.closeSocket(${code}, ${JSON.stringify(reason)})`),
      openCopy: async () => this.#tab(await tab.openCopy(), url),
      duplicate: async () => this.#tab(await tab.duplicate(), url),
      hide: () => tab.hide(),
      discard: () => tab.discard(),
      activate: () => tab.activate(),
      crash: () => tab.crash(),
      reloadCrashed: () => tab.reloadCrashed(),
      setOffline: (offline) => tab.setOffline(offline),
      setLink: async (up) => this.#network?.setLink(up),
      timer: () =>
        tab.evaluate(`new Promise((resolve) => {
          const started = performance.now();
          setTimeout(() => resolve(performance.now() - started), 10);
        })`),
      close: () => tab.close(),
      reopen: async () => this.#tab(await this.#driver.reopenClosed(), url),
    };
  }
}
