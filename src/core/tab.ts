import { Client } from './client.ts';
import { GOING_AWAY } from './close-codes.ts';
import { hostWith, sequenceWith } from './defects.ts';
import type { Habits } from './habits.ts';
import {
  type ClientHost,
  type DialEvents,
  type DialRequest,
  type Socket,
  type SocketEnd,
  socketEnd,
} from './host.ts';
import { PageTimers } from './page-timers.ts';
import type { NavigationType, UnloadReason } from './records.ts';
import { SEQUENCE_KEY, type SequenceStorage } from './sequence.ts';
import type { ClientSettings, Defect } from './settings.ts';
import { UndoLog } from './undo-log.ts';
import type { CutHow, Latency, SessionState, Tab } from './world.ts';

/** A tab's storage area. */
export interface TabStorage extends SequenceStorage {
  clear(): void;
}

/** A socket over a wire that can be cut and delayed. */
export interface WireSocket extends Socket {
  /** Something has come that latency still keeps from the page: its end, for all it knows. */
  readonly behind: boolean;
  send(message: string | Uint8Array): void;
  /** With that reason where the browser gives one. */
  leave(reason?: string): void;
  cut(how: CutHow): void;
  setLatency(latency: Latency | null): void;
  /** What was cut silently passes things again, and first the end of what was given up meanwhile. */
  mend(): void;
  /** The same, where nobody has noticed: nothing was lost. */
  thaw(): void;
}

/** The world of one document in a browser that can be told what happens to it. */
export interface BrowserHost extends ClientHost {
  /** The id of a session that begins in the tab. */
  newSessionId(): string;
  dial(request: DialRequest, events: DialEvents): WireSocket;
}

/** What a tab asks of its browser. */
export interface Browser {
  readonly habits: Habits;
  /** How far back `restore` can go, milliseconds; 0: nothing is kept for it. */
  readonly restoresMs: number;
  /** The world of a document in a tab with that storage. */
  clientHost(tabName: string, storage: TabStorage): BrowserHost;
  duplicateStorage(from: string, to: string): TabStorage;
  removeStorage(tabName: string): void;
  /** The tab's browser was killed and began again. */
  restarted(tabName: string): void;
  /** A tab has been duplicated. */
  opened(tab: BrowserTab): void;
}

export interface TabOptions {
  browser: Browser;
  name: string;
  storage: TabStorage;
  settings: ClientSettings;
  defect: Defect | null;
}

/** A tab: one storage area, and one page after another, each with its frames. */
export class BrowserTab implements Tab {
  readonly name: string;
  readonly #options: TabOptions;
  readonly #storage: TabStorage;
  readonly #undoLog: UndoLog | null;
  /** The page, and the frames in it. */
  #documents: TabDocument[] = [];
  #frames = 0;
  /** The page that was left, where the browser keeps it. */
  #cached: TabDocument[] = [];
  #latency: Latency | null = null;
  #online = true;
  /** What the pages know of that. */
  #toldOnline = true;
  /** It was opened as a copy while its browser was offline, and is so until its original is not. */
  #bornOffline = false;
  #linkNews: unknown = null;
  #asleep = false;
  /** What happens to it once it wakes. */
  readonly #onWaking: (() => void)[] = [];
  readonly #timers: PageTimers;
  readonly #copies: BrowserTab[] = [];
  readonly #clock: BrowserHost;

  constructor(options: TabOptions) {
    const { browser, name, storage } = options;
    this.name = name;
    this.#options = options;
    this.#clock = browser.clientHost(name, storage);
    this.#timers = new PageTimers(this.#clock, this.#clock.random, browser.habits);
    const { keepsLastWrites } = browser.habits;
    this.#undoLog =
      browser.restoresMs > 0 || !keepsLastWrites
        ? new UndoLog(storage, () => this.#clock.now(), browser.restoresMs)
        : null;
    this.#storage = this.#undoLog ?? storage;
  }

  get open(): boolean {
    return this.#documents.length > 0;
  }

  get asleep(): boolean {
    return this.#asleep;
  }

  get sessionId(): string | null {
    return this.#documents[0]?.sessionId ?? null;
  }

  get connectionSequence(): number | null {
    return this.#documents[0]?.connectionSequence ?? null;
  }

  get sessions(): readonly SessionState[] {
    return this.#documents;
  }

  get connected(): boolean {
    return this.#documents.some((page) => page.connected);
  }

  /** Connected, unless it is about to learn otherwise; or closed, or given up for good. */
  get settled(): boolean {
    return this.#documents.every((page) => page.settled);
  }

  load(navigation: NavigationType = 'navigate'): void {
    this.#cached = [];
    this.#documents = [];
    for (let frame = 0; frame <= this.#frames; frame++) this.#addDocument(navigation);
  }

  /** The page goes and the tab with it; its storage stays unless the user closed it. */
  unload(reason: UnloadReason): void {
    this.#clock.clearTimer(this.#linkNews);
    const { cachesPages, keepsLastWrites } = this.#options.browser.habits;
    const documents = this.#documents;
    this.#documents = [];
    if (reason === 'navigate' && cachesPages) {
      for (const page of documents) page.unload('bfcache', false);
      this.#cached = documents;
    } else if (keepsLastWrites || (reason !== 'close' && reason !== 'discard')) {
      this.#unloadAll(documents, reason);
    } else {
      this.#undoLog?.takeBack(() => this.#unloadAll(documents, reason));
    }
  }

  reload(): void {
    if (!this.open) return;
    this.unload('reload');
    this.load('reload');
  }

  navigate(): void {
    if (!this.open) return;
    this.unload('navigate');
    this.load('navigate');
  }

  leave(): void {
    if (this.open) this.unload('navigate');
  }

  comeBack(): void {
    if (this.open) return;
    if (this.#cached.length === 0) {
      this.load('back_forward');
      return;
    }
    this.#documents = this.#cached;
    this.#cached = [];
    for (const page of this.#documents) {
      // The link may have come or gone while the page was away.
      if (this.#online) page.goOnline();
      else page.goOffline();
      page.show();
    }
  }

  discard(): void {
    if (this.#options.browser.habits.saysDiscard) this.unload('discard');
    else this.#vanish((page) => page.vanish());
  }

  crash(): void {
    const { crashReason } = this.#options.browser.habits;
    this.#vanish((page) => (crashReason === null ? page.die() : page.vanish(crashReason)));
  }

  revive(): void {
    if (!this.open) this.load(this.#options.browser.habits.revivesAs);
  }

  reopen(): void {
    if (!this.open) this.load('back_forward');
  }

  restore(agoMs: number): void {
    if (!this.open) return;
    const { saysKill } = this.#options.browser.habits;
    this.#vanish((page) => (saysKill ? page.vanish() : page.die()));
    this.#options.browser.restarted(this.name);
    this.#undoLog?.putBack(agoMs);
    this.load('back_forward');
  }

  addFrames(count: number): void {
    if (!this.open) return;
    this.#frames += count;
    for (let added = 0; added < count; added++) this.#addDocument('navigate');
  }

  closeTab(mayReopen = false): void {
    if (!this.open) return;
    this.unload('close');
    if (!mayReopen) this.#options.browser.removeStorage(this.name);
  }

  duplicate(navigation: NavigationType = 'back_forward'): void {
    if (!this.open) return;
    const { browser, settings, defect } = this.#options;
    const name = `${this.name}-copy-${this.#copies.length + 1}`;
    const storage = browser.duplicateStorage(this.name, name);
    const copy = new BrowserTab({ browser, name, storage, settings, defect });
    copy.#frames = this.#frames;
    copy.#online = this.#online;
    copy.#bornOffline = !this.#online;
    this.#copies.push(copy);
    browser.opened(copy);
    copy.load(navigation);
  }

  clearStorage(): void {
    this.#storage.clear();
  }

  corruptStorage(): void {
    this.#storage.setItem(SEQUENCE_KEY, 'NaN');
  }

  cut(how: CutHow): void {
    for (const page of this.#documents) page.cut(how);
  }

  close(code: number, reason: string): void {
    for (const page of this.#documents) page.close(code, reason);
  }

  setOnline(online: boolean): void {
    if (this.#waits(() => this.setOnline(online))) return;
    this.#online = online;
    this.#bornOffline = false;
    // The network is gone before the browser says so: not even a FIN gets out.
    if (!online) for (const page of this.#documents) page.loseLink();
    const { linkNewsMs, closesWhatItGivesUp } = this.#options.browser.habits;
    if (online && this.#toldOnline) for (const page of this.#documents) page.regainLink();
    else if (online && closesWhatItGivesUp) for (const page of this.#documents) page.mend();
    this.#clock.clearTimer(this.#linkNews);
    if (linkNewsMs === 0) this.#tellOfLink();
    else this.#linkNews = this.#clock.setTimer(linkNewsMs, () => this.#tellOfLink());
    if (online) for (const copy of this.#copies) if (copy.#bornOffline) copy.setOnline(true);
  }

  setAsleep(asleep: boolean): void {
    this.#asleep = asleep;
    if (asleep) {
      this.#timers.sleep();
      for (const page of this.#documents) page.loseLink();
      return;
    }
    // Timers need no network, so they are first.
    this.#timers.wake();
    const { losesSocketsAsleep } = this.#options.browser.habits;
    if (this.#online) for (const page of this.#documents) page.wake(losesSocketsAsleep);
    for (const action of this.#onWaking.splice(0)) action();
  }

  setHidden(hidden: boolean): void {
    this.#timers.setHidden(hidden);
  }

  setLatency(latency: Latency | null): void {
    this.#latency = latency;
    for (const page of this.#documents) page.setLatency(latency);
  }

  #addDocument(navigation: NavigationType): void {
    const { browser, settings, defect } = this.#options;
    const host = browser.clientHost(this.name, this.#storage);
    const page = new TabDocument(
      {
        ...host,
        setTimer: (delayMs, fire) => this.#timers.setTimer(delayMs, fire),
        clearTimer: (timer) => this.#timers.clearTimer(timer),
        dial: (request, events) => {
          const ended = (end: SocketEnd) => {
            if (!this.#waits(() => events.ended(end))) events.ended(end);
          };
          return host.dial(request, { ...events, ended });
        },
      },
      settings,
      defect,
      () => this.#latency,
    );
    this.#documents.push(page);
    if (!this.#online) page.goOffline();
    page.load(navigation);
  }

  #unloadAll(documents: TabDocument[], reason: UnloadReason): void {
    // A run that ends leaves its tabs as they are.
    const isSeen = this.#options.browser.habits.seesItselfGo && reason !== 'end';
    for (const page of documents) page.unload(reason, isSeen);
  }

  /** A computer that sleeps does it when it wakes. */
  #waits(action: () => void): boolean {
    if (this.#asleep) this.#onWaking.push(action);
    return this.#asleep;
  }

  #vanish(vanish: (page: TabDocument) => void): void {
    for (const page of this.#documents) vanish(page);
    this.#documents = [];
  }

  #tellOfLink(): void {
    this.#toldOnline = this.#online;
    for (const page of this.#documents) {
      if (this.#online) page.goOnline();
      else page.goOffline();
    }
  }
}

/** One document of a tab: a page, or a frame in it. */
class TabDocument implements SessionState {
  readonly #client: Client;
  #socket: WireSocket | null = null;
  /** Its last socket hears the browser's end of it. */
  #ended: (end: SocketEnd) => void = () => {};
  #cutSocket: WireSocket | null = null;
  /** The page has closed it. */
  #closedSocket: WireSocket | null = null;
  /** Its link went, and nothing else has happened to it. */
  #waitingSocket: WireSocket | null = null;

  constructor(
    host: BrowserHost,
    settings: ClientSettings,
    defect: Defect | null,
    latency: () => Latency | null,
  ) {
    const own: ClientHost = {
      ...host,
      dial: (request, events) => {
        const socket = host.dial(request, events);
        const delay = latency();
        if (delay) socket.setLatency(delay);
        this.#socket = socket;
        this.#ended = (end) => events.ended(end);
        return socket;
      },
    };
    const seen = hostWith(defect, own);
    this.#client = new Client(seen, settings, sequenceWith(defect, seen, host.newSessionId));
  }

  get sessionId(): string | null {
    return this.#client.sessionId;
  }

  get connectionSequence(): number | null {
    return this.#client.connectionSequence;
  }

  get connected(): boolean {
    return this.#client.isWelcomed && this.#socket !== this.#cutSocket;
  }

  get settled(): boolean {
    return this.#client.gaveUp || (this.connected && this.#socket?.behind === false);
  }

  load(navigation: NavigationType): void {
    this.#client.load(navigation);
  }

  /** @param seesItselfGo the page hears first that its socket has closed, unless by itself */
  unload(reason: UnloadReason, seesItselfGo: boolean): void {
    if (seesItselfGo && this.connected && this.#socket !== this.#closedSocket) {
      this.#socket?.leave();
      this.#ended(socketEnd(GOING_AWAY, { wasClean: true }));
    }
    this.#client.unload(reason);
  }

  show(): void {
    this.#client.show();
  }

  /** The browser takes it away without telling it, but closes its socket. */
  vanish(reason = ''): void {
    if (this.#client.connectionSequence !== null) this.#socket?.leave(reason);
    this.#client.vanish();
  }

  /** Its browser is killed, so the system ends its connection. */
  die(): void {
    this.cut('fin');
    this.#client.vanish();
  }

  close(code: number, reason: string): void {
    if (this.#client.connectionSequence !== null) this.#closedSocket = this.#socket;
    this.#client.close(code, reason);
  }

  cut(how: CutHow): void {
    if (this.#client.connectionSequence === null) return;
    this.#cutSocket = this.#socket;
    this.#socket?.cut(how);
  }

  mend(): void {
    this.#cutSocket?.mend();
  }

  loseLink(): void {
    if (this.#socket === this.#cutSocket) return;
    this.cut('silent');
    this.#waitingSocket = this.#cutSocket;
  }

  /** The link is back before the page has heard that it went. */
  regainLink(): void {
    if (this.#waitingSocket === null || this.#waitingSocket !== this.#socket) return;
    if (this.#client.connectionSequence !== null) {
      this.#cutSocket = null;
      this.#waitingSocket.thaw();
    }
    this.#waitingSocket = null;
  }

  /** @param hasLost its browser has given its connection up */
  wake(hasLost: boolean): void {
    this.regainLink();
    if (hasLost && this.connected) this.cut('fin');
  }

  setLatency(latency: Latency | null): void {
    if (this.#client.connectionSequence !== null) this.#socket?.setLatency(latency);
  }

  goOffline(): void {
    this.#client.goOffline();
  }

  goOnline(): void {
    this.#client.goOnline();
  }
}
