import fs from 'node:fs';
import path from 'node:path';
import type { Driver, DriverNetwork, DriverTab } from './driver.ts';
import { BrowserProcess, findProgram, versionOf } from './process.ts';
import { inTime, Remote, type RemoteEvent } from './remote.ts';

/** What a new profile would do of itself, and what WebDriver would change, is left out. */
const PREFERENCES = {
  'remote.prefs.recommended': false,
  'app.update.disabledForTesting': true,
  'browser.aboutwelcome.enabled': false,
  'browser.newtabpage.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  // It is killed more than once.
  'browser.sessionstore.max_resumed_crashes': -1,
  'browser.startup.homepage': 'about:blank',
  'browser.startup.homepage_override.mstone': 'ignore',
  'browser.startup.page': 0,
  'browser.tabs.warnOnClose': false,
  'captivedetect.canonicalURL': '',
  'datareporting.policy.dataSubmissionEnabled': false,
  'dom.disable_open_during_load': false,
  'extensions.getAddons.cache.enabled': false,
  'extensions.systemAddon.update.enabled': false,
  'extensions.update.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,',
  'toolkit.startup.max_resumed_crashes': -1,
  'toolkit.telemetry.reportingpolicy.firstRun': false,
};

export const firefoxProgram = (): string | null => findProgram(['firefox-esr', 'firefox']);

interface Context {
  context: string;
  url: string;
}

/** Firefox over WebDriver BiDi, with scripts of its own window where BiDi has no command. */
export class Firefox implements Driver {
  readonly name = 'Firefox';
  readonly version: string;
  readonly #process: BrowserProcess;
  readonly #network: DriverNetwork | undefined;
  #remote!: Remote;

  static async start(program: string, network?: DriverNetwork): Promise<Firefox> {
    const firefox = new Firefox(program, network);
    await firefox.#start();
    return firefox;
  }

  private constructor(program: string, network: DriverNetwork | undefined) {
    this.#network = network;
    this.version = versionOf(program);
    this.#process = new BrowserProcess(program, network?.prefix);
    const lines = Object.entries(PREFERENCES).map(
      ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`,
    );
    fs.writeFileSync(path.join(this.#process.profile, 'user.js'), lines.join('\n'));
  }

  async open(url: string): Promise<FirefoxTab> {
    const { context } = await this.#remote.send<{ context: string }>('browsingContext.create', {
      type: 'window',
    });
    const tab = new FirefoxTab(this, this.#remote, context);
    await tab.navigate(url);
    return tab;
  }

  reopenClosed(): Promise<FirefoxTab> {
    return this.opened(() =>
      this.chrome(`
        const { SessionStore } = ChromeUtils.importESModule(
          "resource:///modules/sessionstore/SessionStore.sys.mjs");
        // A tab that was alone in its window closed that as well.
        SessionStore.undoCloseWindow(0);`),
    );
  }

  async blockStorage(origin: string): Promise<void> {
    await this.chrome(`
      const principal = Services.scriptSecurityManager
        .createContentPrincipalFromOrigin(${JSON.stringify(origin)});
      Services.perms.addFromPrincipal(principal, "cookie", Services.perms.DENY_ACTION);`);
  }

  async saveSession(): Promise<void> {
    await this.chrome(`
      const { SessionSaver } = ChromeUtils.importESModule(
        "resource:///modules/sessionstore/SessionSaver.sys.mjs");
      const { TabStateFlusher } = ChromeUtils.importESModule(
        "resource:///modules/sessionstore/TabStateFlusher.sys.mjs");
      await Promise.all([...Services.wm.getEnumerator("navigator:browser")]
        .map((each) => TabStateFlusher.flushWindow(each)));
      await SessionSaver.run();`);
  }

  async kill(): Promise<void> {
    await this.#process.kill();
  }

  async restore(urlPrefix: string): Promise<FirefoxTab[]> {
    await this.#start();
    const deadline = Date.now() + 15_000;
    for (;;) {
      const contexts = await this.#contexts();
      const found = contexts.filter(({ url }) => url.startsWith(urlPrefix));
      if (found.length > 0 || Date.now() > deadline) {
        return found.map(({ context }) => new FirefoxTab(this, this.#remote, context));
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async stop(): Promise<void> {
    this.#remote?.close();
    await this.#process.stop();
  }

  /** Runs statements in a browser window; the value of a `return` comes back. */
  async chrome<T>(statements: string): Promise<T> {
    const { contexts } = await this.#remote.send<{ contexts: Context[] }>(
      'browsingContext.getTree',
      { 'moz:scope': 'chrome', maxDepth: 0 },
    );
    const window = contexts.find(({ url }) => url.endsWith('/browser.xhtml'));
    if (window === undefined) throw new Error('Firefox has no window');
    return evaluateIn<T>(this.#remote, window.context, `(async () => { ${statements} })()`);
  }

  /** Runs statements with `tab`, which is the tab of a context. */
  onTab<T>(context: string, statements: string): Promise<T> {
    return this.chrome<T>(`
      const { NavigableManager } = ChromeUtils.importESModule(
        "chrome://remote/content/shared/NavigableManager.sys.mjs");
      const tab = [...Services.wm.getEnumerator("navigator:browser")]
        .flatMap((each) => [...each.gBrowser.tabs])
        .find((each) => NavigableManager.getIdForBrowser(each.linkedBrowser) === ${JSON.stringify(context)});
      const { gBrowser } = tab.ownerDocument.defaultView;
      ${statements}`);
  }

  /** The tab that an action opens. */
  async opened(action: () => Promise<unknown>): Promise<FirefoxTab> {
    const before = new Set((await this.#contexts()).map(({ context }) => context));
    const isNew = ({ params }: RemoteEvent) =>
      params.parent === null && !before.has(params.context);
    const created = this.#remote.next('browsingContext.contextCreated', isNew);
    await action();
    return new FirefoxTab(this, this.#remote, (await created).params.context);
  }

  async #contexts(): Promise<Context[]> {
    const { contexts } = await this.#remote.send<{ contexts: Context[] }>(
      'browsingContext.getTree',
      { maxDepth: 0 },
    );
    return contexts;
  }

  async #start(): Promise<void> {
    const url = await this.#process.start(
      [
        '--headless',
        '--no-remote',
        '--profile',
        this.#process.profile,
        '--remote-debugging-port',
        '0',
        '--remote-allow-system-access',
      ],
      (line) => /WebDriver BiDi listening on (\S+)/.exec(line)?.[1] ?? null,
    );
    this.#remote = await Remote.connect(`${url}/session`, this.#network);
    await this.#remote.send('session.new', { capabilities: {} });
    await this.#remote.send('session.subscribe', { events: ['browsingContext'] });
  }
}

async function evaluateIn<T>(remote: Remote, context: string, expression: string): Promise<T> {
  const answer = await remote.send<{
    type: string;
    result?: { type: string; value?: string };
    exceptionDetails?: { text: string };
  }>('script.evaluate', {
    // BiDi has notations of its own for values; JSON spares their reading.
    expression: `Promise.resolve(${expression}).then((value) => JSON.stringify(value))`,
    target: { context },
    awaitPromise: true,
    userActivation: true,
  });
  if (answer.type === 'exception') throw new Error(answer.exceptionDetails?.text);
  const text = answer.result?.value;
  return (text === undefined ? undefined : JSON.parse(text)) as T;
}

class FirefoxTab implements DriverTab {
  readonly #browser: Firefox;
  readonly #remote: Remote;
  readonly #context: string;

  constructor(browser: Firefox, remote: Remote, context: string) {
    this.#browser = browser;
    this.#remote = remote;
    this.#context = context;
  }

  async navigate(url: string): Promise<void> {
    await this.#send('browsingContext.navigate', { url, wait: 'complete' });
  }

  async reload(): Promise<void> {
    await this.#send('browsingContext.reload', { wait: 'complete' });
  }

  async hitReload(times: number, everyMs: number): Promise<void> {
    for (let hit = 0; hit < times; hit++) {
      if (hit > 0) await new Promise((resolve) => setTimeout(resolve, everyMs));
      void this.#send('browsingContext.reload', { wait: 'none' }).catch(() => {});
    }
  }

  async back(): Promise<void> {
    await this.#send('browsingContext.traverseHistory', { delta: -1 });
  }

  evaluate<T>(expression: string): Promise<T> {
    return evaluateIn<T>(this.#remote, this.#context, expression);
  }

  openCopy(): Promise<DriverTab> {
    return this.#browser.opened(() => this.evaluate('void window.open(location.href)'));
  }

  duplicate(): Promise<DriverTab> {
    return this.#browser.opened(() => this.#chrome('gBrowser.duplicateTab(tab);'));
  }

  async discard(): Promise<void> {
    await this.#chrome('await gBrowser.prepareDiscardBrowser?.(tab);');
    const discarded = await this.#chrome<boolean>('return gBrowser.discardBrowser(tab, true);');
    if (!discarded) throw new Error('Firefox did not discard the tab');
  }

  async activate(): Promise<void> {
    await this.#chrome('gBrowser.selectedTab = tab;');
  }

  async hide(): Promise<void> {
    await this.#chrome(`gBrowser.selectedTab = gBrowser.addTab("about:blank", {
      triggeringPrincipal: Services.scriptSecurityManager.getSystemPrincipal() });`);
  }

  async crash(): Promise<void> {
    // As about:processes does it. What a tab would come back with is gathered every few seconds.
    await this.#chrome(`
      const { TabStateFlusher } = ChromeUtils.importESModule(
        "resource:///modules/sessionstore/TabStateFlusher.sys.mjs");
      await TabStateFlusher.flush(tab.linkedBrowser);
      const crashed = new Promise((resolve) =>
        tab.linkedBrowser.addEventListener("oop-browser-crashed", resolve, { once: true }));
      Cc["@mozilla.org/processtools-service;1"].getService(Ci.nsIProcessToolsService)
        .kill(tab.linkedBrowser.browsingContext.currentWindowGlobal.osPid);
      await crashed;`);
  }

  async reloadCrashed(): Promise<void> {
    await this.#chrome(`
      const { SessionStore } = ChromeUtils.importESModule(
        "resource:///modules/sessionstore/SessionStore.sys.mjs");
      SessionStore.reviveCrashedTab(tab);`);
  }

  async setOffline(offline: boolean): Promise<void> {
    await this.#remote.send('emulation.setNetworkConditions', {
      networkConditions: offline ? { type: 'offline' } : null,
      contexts: [this.#context],
    });
  }

  async close(): Promise<void> {
    const gone = this.#remote.next(
      'browsingContext.contextDestroyed',
      ({ params }) => params.context === this.#context,
    );
    await this.#chrome('gBrowser.removeTab(tab, { animate: false });');
    await inTime(gone, 'the tab does not close');
  }

  #chrome<T>(statements: string): Promise<T> {
    return this.#browser.onTab<T>(this.#context, statements);
  }

  #send<T>(method: string, params: object): Promise<T> {
    return this.#remote.send<T>(method, { context: this.#context, ...params });
  }
}
