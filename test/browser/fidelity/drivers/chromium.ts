import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { Driver, DriverNetwork, DriverTab } from './driver.ts';
import { BrowserProcess, findProgram, versionOf } from './process.ts';
import { Remote, type RemoteEvent } from './remote.ts';

const FLAGS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--password-store=basic',
  '--use-mock-keychain',
  '--remote-debugging-port=0',
  // An extension can do what has no protocol: Duplicate Tab, Undo Close Tab, discarding.
  '--disable-features=DisableLoadExtensionCommandLineSwitch',
];

const MANIFEST = {
  manifest_version: 3,
  name: 'tabs',
  version: '1',
  permissions: ['tabs', 'sessions', 'contentSettings'],
};

export const chromiumProgram = (): string | null =>
  findProgram(['chromium', 'chromium-browser', 'google-chrome']);

interface TargetInfo {
  targetId: string;
  type: string;
  url: string;
}

/** Chromium over the DevTools protocol. */
export class Chromium implements Driver {
  readonly name = 'Chromium';
  readonly version: string;
  readonly #process: BrowserProcess;
  readonly #network: DriverNetwork | undefined;
  readonly #extension: string;
  #remote!: Remote;
  /** A page of the extension, which evaluates what only extensions may. */
  #control!: ChromiumTab;

  static async start(program: string, network?: DriverNetwork): Promise<Chromium> {
    const chromium = new Chromium(program, network);
    await chromium.#start(['about:blank']);
    return chromium;
  }

  private constructor(program: string, network: DriverNetwork | undefined) {
    this.#network = network;
    this.version = versionOf(program);
    this.#process = new BrowserProcess(program, network?.prefix);
    this.#extension = path.join(this.#process.profile, 'extension');
    fs.mkdirSync(this.#extension);
    fs.writeFileSync(path.join(this.#extension, 'manifest.json'), JSON.stringify(MANIFEST));
    fs.writeFileSync(path.join(this.#extension, 'control.html'), '<title>control</title>');
  }

  async open(url: string): Promise<ChromiumTab> {
    const { targetId } = await this.#remote.send<{ targetId: string }>('Target.createTarget', {
      url: 'about:blank',
      newWindow: true,
    });
    const tab = await this.#tabOf(targetId);
    // Else its load may be taken for that of the page.
    while ((await tab.evaluate('document.readyState')) !== 'complete') await pause(20);
    await tab.navigate(url);
    return tab;
  }

  async reopenClosed(): Promise<ChromiumTab> {
    return this.opened(() => this.control('chrome.sessions.restore()'));
  }

  async blockStorage(origin: string): Promise<void> {
    const setting = JSON.stringify({ primaryPattern: `${origin}/*`, setting: 'block' });
    await this.control(`chrome.contentSettings.cookies.set(${setting})`);
  }

  /** Chromium writes sessions a few seconds after they change, and can't be told to. */
  async saveSession(): Promise<void> {
    await pause(8_000);
  }

  async kill(): Promise<void> {
    await this.#process.kill();
  }

  async restore(urlPrefix: string): Promise<ChromiumTab[]> {
    await this.#start(['--restore-last-session', '--hide-crash-restore-bubble']);
    return this.#pagesAt(urlPrefix);
  }

  async stop(): Promise<void> {
    this.#remote?.close();
    await this.#process.stop();
  }

  /** Evaluates with an extension's rights. */
  control<T>(expression: string): Promise<T> {
    return this.#control.evaluate<T>(expression);
  }

  /** The id that extensions have for a tab. */
  extensionIdOf(marker: string): Promise<number> {
    return this.control(
      `chrome.tabs.query({}).then((tabs) => tabs.find(({ title }) => title === ${JSON.stringify(marker)}).id)`,
    );
  }

  /** The tab that an action opens. */
  async opened(action: () => Promise<unknown>): Promise<ChromiumTab> {
    return this.#tabOf(await this.newTarget(action));
  }

  async attach(targetId: string): Promise<string> {
    const { sessionId } = await this.#remote.send<{ sessionId: string }>('Target.attachToTarget', {
      targetId,
      flatten: true,
    });
    await this.#remote.send('Page.enable', {}, sessionId);
    return sessionId;
  }

  /** The page target that an action makes. */
  async newTarget(action: () => Promise<unknown>): Promise<string> {
    const created = this.#remote.next(
      'Target.targetCreated',
      ({ params }) => params.targetInfo.type === 'page',
    );
    await action();
    return (await created).params.targetInfo.targetId;
  }

  async #tabOf(targetId: string): Promise<ChromiumTab> {
    return new ChromiumTab(this, this.#remote, targetId, await this.attach(targetId));
  }

  async #start(more: string[]): Promise<void> {
    const id = extensionId(this.#extension);
    const url = await this.#process.start(
      [
        ...FLAGS,
        `--user-data-dir=${this.#process.profile}`,
        `--load-extension=${this.#extension}`,
        ...more,
      ],
      (line) => /^DevTools listening on (\S+)/.exec(line)?.[1] ?? null,
    );
    this.#remote = await Remote.connect(url, this.#network);
    await this.#remote.send('Target.setDiscoverTargets', { discover: true });
    const { targetId } = await this.#remote.send<{ targetId: string }>('Target.createTarget', {
      url: `chrome-extension://${id}/control.html`,
      newWindow: true,
    });
    this.#control = new ChromiumTab(this, this.#remote, targetId, await this.attach(targetId));
  }

  async #pagesAt(urlPrefix: string): Promise<ChromiumTab[]> {
    const deadline = Date.now() + 15_000;
    for (;;) {
      const { targetInfos } = await this.#remote.send<{ targetInfos: TargetInfo[] }>(
        'Target.getTargets',
      );
      const pages = targetInfos.filter(
        ({ type, url }) => type === 'page' && url.startsWith(urlPrefix),
      );
      if (pages.length > 0 || Date.now() > deadline) {
        return Promise.all(pages.map(({ targetId }) => this.#tabOf(targetId)));
      }
      await pause(100);
    }
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** An unpacked extension's id is made of its path. */
function extensionId(directory: string): string {
  const hash = createHash('sha256').update(directory).digest('hex').slice(0, 32);
  return hash.replace(/./g, (digit) => String.fromCharCode(97 + Number.parseInt(digit, 16)));
}

class ChromiumTab implements DriverTab {
  readonly #browser: Chromium;
  readonly #remote: Remote;
  #targetId: string;
  #sessionId: string;
  /** The extension's id for it while it is discarded. */
  #discardedId: number | null = null;

  constructor(browser: Chromium, remote: Remote, targetId: string, sessionId: string) {
    this.#browser = browser;
    this.#remote = remote;
    this.#targetId = targetId;
    this.#sessionId = sessionId;
  }

  async navigate(url: string): Promise<void> {
    await this.#loads(() => this.#send('Page.navigate', { url }));
  }

  async reload(): Promise<void> {
    await this.#loads(() => this.#send('Page.reload'));
  }

  async hitReload(times: number, everyMs: number): Promise<void> {
    for (let hit = 0; hit < times; hit++) {
      if (hit > 0) await pause(everyMs);
      void this.#send('Page.reload').catch(() => {});
    }
  }

  async back(): Promise<void> {
    const { currentIndex, entries } = await this.#send<{
      currentIndex: number;
      entries: { id: number }[];
    }>('Page.getNavigationHistory');
    const navigated = this.#event('Page.frameNavigated');
    await this.#send('Page.navigateToHistoryEntry', { entryId: entries[currentIndex - 1]?.id });
    await navigated;
  }

  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.#send<{
      result: { value: T };
      exceptionDetails?: { exception?: { description?: string }; text: string };
    }>('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
      userGesture: true,
    });
    if (exceptionDetails) {
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    }
    return result.value;
  }

  openCopy(): Promise<DriverTab> {
    return this.#browser.opened(() => this.evaluate('void window.open(location.href)'));
  }

  async duplicate(): Promise<DriverTab> {
    const id = await this.#extensionId();
    return this.#browser.opened(() => this.#browser.control(`chrome.tabs.duplicate(${id})`));
  }

  async discard(): Promise<void> {
    const id = await this.#extensionId();
    // What is left of the tab is another target.
    this.#targetId = await this.#browser.newTarget(async () => {
      this.#discardedId = await this.#browser.control<number>(
        `chrome.tabs.discard(${id}).then((tab) => tab.id)`,
      );
    });
  }

  async activate(): Promise<void> {
    const id = this.#discardedId;
    if (id === null) throw new Error('the tab is not discarded');
    await this.#browser.control(`chrome.tabs.update(${id}, { active: true })`);
    this.#sessionId = await this.#browser.attach(this.#targetId);
  }

  async hide(): Promise<void> {
    const id = await this.#extensionId();
    await this.#browser.control(
      `chrome.tabs.get(${id}).then(({ windowId }) => chrome.tabs.create({ windowId, url: 'about:blank' }))`,
    );
  }

  async crash(): Promise<void> {
    const crashed = this.#event('Inspector.targetCrashed');
    await this.#send('Inspector.enable');
    void this.#send('Page.crash').catch(() => {});
    await crashed;
  }

  async reloadCrashed(): Promise<void> {
    await this.#loads(() => this.#send('Page.reload'));
  }

  async close(): Promise<void> {
    const gone = this.#remote.next(
      'Target.targetDestroyed',
      ({ params }) => params.targetId === this.#targetId,
    );
    // As the tab's cross does; `Target.closeTarget` would skip nothing either, but is no user's way.
    await this.#browser.control(`chrome.tabs.remove(${await this.#extensionId()})`);
    await gone;
  }

  async setOffline(offline: boolean): Promise<void> {
    await this.#send('Network.enable');
    await this.#send('Network.emulateNetworkConditions', {
      offline,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput: -1,
    });
  }

  /** Extensions know tabs by numbers of their own: it is found by a title that nobody else has. */
  async #extensionId(): Promise<number> {
    const marker = `tab ${this.#targetId}`;
    await this.evaluate(`void (document.title = ${JSON.stringify(marker)})`);
    return this.#browser.extensionIdOf(marker);
  }

  async #loads(action: () => Promise<unknown>): Promise<void> {
    const loaded = this.#event('Page.loadEventFired');
    await action();
    await loaded;
  }

  #event(method: string): Promise<RemoteEvent> {
    return this.#remote.next(method, ({ sessionId }) => sessionId === this.#sessionId);
  }

  #send<T>(method: string, params: object = {}): Promise<T> {
    return this.#remote.send<T>(method, params, this.#sessionId);
  }
}
