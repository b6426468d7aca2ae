import type { ClientLogLine, ConnectOptions, PageConnection } from '../../src/page/client.ts';
import { connectIn } from '../../src/page/connection.ts';
import type { PageWindow } from '../../src/page/page-window.ts';
import { FakeClock, FakeStorage, uuid } from '../support/fake-host.ts';

// Node has none before 23.
globalThis.CloseEvent ??= class extends Event {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;

  constructor(type: string, { code = 0, reason = '', wasClean = false }: CloseEventInit = {}) {
    super(type);
    this.code = code;
    this.reason = reason;
    this.wasClean = wasClean;
  }
} as unknown as typeof CloseEvent;

/** All promises that can go on have gone on. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export interface FakeBrowserOptions {
  locks?: boolean;
  channels?: boolean;
  /** Picks the next of so many tasks; without, the oldest. */
  pick?: (count: number) => number;
}

/** A browser with tabs, whose processes talk with each other in tasks that the test runs. */
export class FakePages extends FakeClock {
  readonly options: FakeBrowserOptions;
  readonly sockets: FakeWebSocket[] = [];
  /** By name. */
  readonly locks = new Map<string, FakeWindow>();
  readonly channels = new Set<FakeChannel>();
  #tasks: { page: FakeWindow; run: () => void }[] = [];
  #uuids = 0;

  constructor(options: FakeBrowserOptions = {}) {
    super();
    this.options = options;
  }

  randomUUID(): string {
    this.#uuids += 1;
    return uuid(this.#uuids);
  }

  /** What reaches a page later, unless it is gone. */
  queue(page: FakeWindow, run: () => void): void {
    this.#tasks.push({ page, run });
  }

  /** Runs one task; false where there is none. Tasks of one page keep their order. */
  async step(): Promise<boolean> {
    await settled();
    this.#tasks = this.#tasks.filter(({ page }) => page.isAlive);
    const running = this.#tasks.filter(({ page }) => !page.isCached).toReversed();
    const firsts = [...new Map(running.map((task) => [task.page, task])).values()];
    const task = firsts[this.options.pick?.(firsts.length) ?? firsts.length - 1];
    if (!task) return false;
    this.#tasks.splice(this.#tasks.indexOf(task), 1);
    task.run();
    await settled();
    return true;
  }

  /** Runs all tasks, and lets that much time pass. */
  async run(ms = 0): Promise<void> {
    const until = this.now() + ms;
    for (;;) {
      while (await this.step());
      const { nextAt } = this;
      if (nextAt === null || nextAt > until) break;
      this.pass(nextAt - this.now());
    }
    this.pass(until - this.now());
    await settled();
  }

  get socket(): FakeWebSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error('nothing has dialled');
    return socket;
  }

  tab(storage = new FakeStorage()): FakeTab {
    return new FakeTab(this, storage);
  }
}

/** A tab: its storage, and the tree of its windows. */
export class FakeTab {
  readonly browser: FakePages;
  storage: FakeStorage;
  page: FakeWindow | null = null;

  constructor(browser: FakePages, storage: FakeStorage) {
    this.browser = browser;
    this.storage = storage;
  }

  get windows(): FakeWindow[] {
    const below = (window: FakeWindow): FakeWindow[] => [window, ...window.frames.flatMap(below)];
    return this.page ? below(this.page) : [];
  }

  load(navigation = 'navigate'): FakeWindow {
    this.page = new FakeWindow(this, null, navigation);
    return this.page;
  }

  /** Its windows get their `pagehide`, and are gone, or in the back/forward cache. */
  leave(persisted = false): FakeWindow[] {
    const { windows } = this;
    for (const window of windows) window.hide(persisted);
    this.page = null;
    return windows;
  }

  /** Its windows are gone without a word. */
  vanish(): void {
    for (const window of this.windows) window.die();
    this.page = null;
  }

  copy(): FakeTab {
    return this.browser.tab(new FakeStorage(this.storage.items));
  }
}

/** A document with its window, as far as `src/page` looks at it. */
export class FakeWindow extends EventTarget {
  readonly tab: FakeTab;
  readonly parent: FakeWindow | null;
  readonly frames: FakeWindow[] = [];
  readonly document = Object.assign(new EventTarget(), { prerendering: false });
  readonly navigator;
  readonly performance;
  readonly location = { href: 'http://page.test/folder/' };
  readonly beacons: string[] = [];
  readonly posts: { body: string; answer: (ok: boolean) => void }[] = [];
  readonly lines: ClientLogLine[] = [];
  isAlive = true;
  /** In the back/forward cache: nothing runs. */
  isCached = false;
  /** Timers that were due meanwhile. */
  #late: (() => void)[] = [];
  isStorageBlocked = false;

  constructor(tab: FakeTab, parent: FakeWindow | null = null, navigation = 'navigate') {
    super();
    this.tab = tab;
    this.parent = parent;
    parent?.frames.push(this);
    const { browser } = tab;
    const locks = { request: (...args: LockRequest) => this.#requestLock(...args) };
    this.navigator = {
      locks: browser.options.locks === false ? undefined : locks,
      onLine: true,
      sendBeacon: (_url: string, body: string) => this.beacons.push(body) > 0,
    };
    this.performance = {
      now: () => browser.now(),
      getEntriesByType: () => [{ type: navigation }],
    };
    // As a window has its frames: by their index.
    for (let index = 0; index < 10; index++) {
      Object.defineProperty(this, index, { get: () => this.frames[index] });
    }
  }

  get asPage(): PageWindow {
    return this as unknown as PageWindow;
  }

  get top(): FakeWindow {
    return this.parent?.top ?? this;
  }

  get length(): number {
    return this.frames.length;
  }

  get sessionStorage(): FakeStorage {
    if (this.isStorageBlocked) throw new DOMException('blocked', 'SecurityError');
    return this.tab.storage;
  }

  readonly Blob = Blob;

  readonly URL = {
    createObjectURL: () => `blob:http://page.test/${this.tab.browser.randomUUID()}`,
  };

  get BroadcastChannel(): unknown {
    const { browser } = this.tab;
    if (browser.options.channels === false) return undefined;
    return FakeChannel.bind(null, this);
  }

  get WebSocket(): unknown {
    return FakeWebSocket.bind(null, this);
  }

  setTimeout(fire: () => void, delayMs: number): number {
    return this.tab.browser.setTimer(delayMs, () => {
      if (this.isCached) this.#late.push(fire);
      else if (this.isAlive) fire();
    });
  }

  clearTimeout(timer: number): void {
    this.tab.browser.clearTimer(timer);
  }

  fetch(_url: string, { body }: { body: string }): Promise<{ ok: boolean }> {
    return new Promise((resolve) => {
      this.posts.push({ body, answer: (ok) => resolve({ ok }) });
    });
  }

  /** A client of this document. */
  connect(options: ConnectOptions = {}): PageConnection {
    return connectIn(this.asPage, 'ws://server.test/socket', {
      backoff: { policy: 'fixed', baseMs: 100 },
      log: (line) => this.lines.push(line),
      ...options,
    });
  }

  of<E extends ClientLogLine['event']>(event: E): Extract<ClientLogLine, { event: E }>[] {
    return this.lines.filter((line) => line.event === event) as never;
  }

  hide(persisted: boolean): void {
    this.dispatchEvent(Object.assign(new Event('pagehide'), { persisted }));
    if (persisted) this.isCached = true;
    else this.die();
  }

  /** It is back from the back/forward cache. */
  show(): void {
    this.isCached = false;
    this.tab.page ??= this.parent ? null : this;
    this.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
    for (const fire of this.#late.splice(0)) this.setTimeout(fire, 0);
  }

  /** An iframe that is taken out of its page. */
  remove(): void {
    this.dispatchEvent(Object.assign(new Event('pagehide'), { persisted: false }));
    this.parent?.frames.splice(this.parent.frames.indexOf(this), 1);
    this.die();
  }

  die(): void {
    this.isAlive = false;
    const { browser } = this.tab;
    for (const [name, holder] of browser.locks) if (holder === this) browser.locks.delete(name);
    for (const channel of browser.channels) if (channel.page === this) channel.close();
    for (const socket of browser.sockets) if (socket.page === this) socket.readyState = 3;
  }

  #requestLock(...[name, , callback]: LockRequest): Promise<unknown> {
    const { browser } = this.tab;
    if (this.isStorageBlocked) return Promise.reject(new DOMException('no', 'SecurityError'));
    return new Promise((resolve, reject) => {
      browser.queue(this, () => {
        // A page in the back/forward cache goes where it is in the way.
        const holder = browser.locks.get(name);
        if (holder?.isCached) holder.die();
        const isFree = !browser.locks.has(name);
        if (isFree) browser.locks.set(name, this);
        const held = new Promise((done) => done(callback(isFree ? { name } : null)));
        // The browser frees it at once; the page hears of it later.
        const end = (settle: () => void) => {
          if (isFree && browser.locks.get(name) === this) browser.locks.delete(name);
          browser.queue(this, settle);
        };
        held.then(
          (result) => end(() => resolve(result)),
          (error) => end(() => reject(error)),
        );
      });
    });
  }
}

type LockRequest = [name: string, options: object, callback: (lock: object | null) => unknown];

class FakeChannel {
  onmessage: (event: { data: unknown }) => void = () => {};
  readonly page: FakeWindow;
  readonly #name: string;

  constructor(page: FakeWindow, name: string) {
    this.page = page;
    this.#name = name;
    page.tab.browser.channels.add(this);
  }

  postMessage(data: unknown): void {
    const { browser } = this.page.tab;
    for (const channel of browser.channels) {
      if (channel === this || channel.#name !== this.#name) continue;
      if (channel.page.isCached) channel.page.die();
      browser.queue(channel.page, () => {
        if (browser.channels.has(channel)) channel.onmessage({ data: structuredClone(data) });
      });
    }
  }

  close(): void {
    this.page.tab.browser.channels.delete(this);
  }
}

export class FakeWebSocket {
  readyState = 0;
  binaryType = 'blob';
  bufferedAmount = 0;
  readonly sent: unknown[] = [];
  readonly page: FakeWindow;
  readonly url: URL;
  readonly protocols: unknown;
  onopen: () => void = () => {};
  onmessage: (event: { data: unknown }) => void = () => {};
  onclose: (event: { code: number; reason: string; wasClean: boolean }) => void = () => {};

  constructor(page: FakeWindow, url: string, protocols: unknown) {
    this.page = page;
    this.url = new URL(url);
    this.protocols = protocols;
    page.tab.browser.sockets.push(this);
  }

  get hello(): Record<string, unknown> {
    return this.sent[0] === undefined
      ? Object.fromEntries(this.url.searchParams)
      : JSON.parse(String(this.sent[0]));
  }

  send(data: unknown): void {
    this.sent.push(data);
  }

  close(code = 1005, reason = ''): void {
    if (code !== 1005 && code !== 1000 && (code < 3000 || code > 4999)) {
      throw new DOMException('no such code', 'InvalidAccessError');
    }
    if (this.readyState > 1) return;
    const wasOpen = this.readyState === 1;
    this.readyState = 2;
    this.page.tab.browser.queue(this.page, () =>
      wasOpen ? this.end(code, reason, true) : this.end(),
    );
  }

  open(): void {
    this.readyState = 1;
    this.onopen();
  }

  receive(data: unknown): void {
    if (this.readyState === 1) this.onmessage({ data });
  }

  welcome(fields: object = {}): void {
    const welcome = { type: 'welcome', version: 1, client_id: 'server-side-id', ...fields };
    this.receive(JSON.stringify(welcome));
  }

  accept(fields: object = {}): void {
    this.open();
    this.welcome(fields);
  }

  end(code = 1006, reason = '', wasClean = false): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.onclose({ code, reason, wasClean });
  }
}
