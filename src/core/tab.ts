import { Client } from './client.ts';
import { hostWith, sequenceWith } from './defects.ts';
import type { ClientHost, Socket } from './host.ts';
import type { UnloadReason } from './records.ts';
import { SEQUENCE_KEY, type SequenceStorage } from './sequence.ts';
import type { ClientSettings, Defect } from './settings.ts';
import type { CutHow, Latency, Tab } from './world.ts';

/** A tab's storage area. */
export interface TabStorage extends SequenceStorage {
  clear(): void;
}

/** What a tab asks of its browser. */
export interface Browser {
  /** The world of a document in a tab with that storage. */
  clientHost(tabName: string, storage: TabStorage): ClientHost;
  duplicateStorage(from: string, to: string): TabStorage;
  removeStorage(tabName: string): void;
  /** A tab has been duplicated. */
  opened(tab: BrowserTab): void;
}

/** A tab: one storage area, and one document after another. */
export class BrowserTab implements Tab {
  readonly name: string;
  readonly #browser: Browser;
  readonly #storage: TabStorage;
  readonly #settings: ClientSettings;
  readonly #defect: Defect | null;
  #client: Client | null = null;
  #latency: Latency | null = null;
  #cutSocket: Socket | null = null;
  #online = true;
  /** It was opened as a copy while its browser was offline, and is so until its original is not. */
  #bornOffline = false;
  readonly #copies: BrowserTab[] = [];

  constructor(
    browser: Browser,
    name: string,
    storage: TabStorage,
    settings: ClientSettings,
    defect: Defect | null,
  ) {
    this.#browser = browser;
    this.name = name;
    this.#storage = storage;
    this.#settings = settings;
    this.#defect = defect;
  }

  get open(): boolean {
    return this.#client !== null;
  }

  get sessionId(): string | null {
    return this.#client?.sessionId ?? null;
  }

  get connectionSequence(): number | null {
    return this.#client?.connectionSequence ?? null;
  }

  get connected(): boolean {
    const client = this.#client;
    return client !== null && client.clientId !== null && client.socket !== this.#cutSocket;
  }

  /** Connected, unless it is about to learn otherwise, or closed. */
  get settled(): boolean {
    return !this.open || (this.connected && this.#client?.socket?.behind === false);
  }

  load(navigation: 'navigate' | 'reload' = 'navigate'): void {
    const host = this.#browser.clientHost(this.name, this.#storage);
    const tabHost: ClientHost = {
      ...host,
      dial: (query, events) => {
        const socket = host.dial(query, events);
        if (this.#latency) socket.setLatency(this.#latency);
        return socket;
      },
    };
    const client = new Client(
      hostWith(this.#defect, tabHost),
      this.#settings,
      sequenceWith(this.#defect, tabHost),
    );
    this.#client = client;
    if (!this.#online) client.goOffline();
    client.load(navigation);
  }

  /** The document goes and the tab with it; its storage stays unless the user closed it. */
  unload(reason: UnloadReason): void {
    this.#client?.unload(reason);
    this.#client = null;
  }

  reload(): void {
    if (!this.open) return;
    this.unload('reload');
    this.load('reload');
  }

  closeTab(): void {
    if (!this.open) return;
    this.unload('close');
    this.#browser.removeStorage(this.name);
  }

  duplicate(): void {
    if (!this.open) return;
    const name = `${this.name}-copy-${this.#copies.length + 1}`;
    const storage = this.#browser.duplicateStorage(this.name, name);
    const copy = new BrowserTab(this.#browser, name, storage, this.#settings, this.#defect);
    copy.#online = this.#online;
    copy.#bornOffline = !this.#online;
    this.#copies.push(copy);
    this.#browser.opened(copy);
    copy.load();
  }

  clearStorage(): void {
    this.#storage.clear();
  }

  corruptStorage(): void {
    this.#storage.setItem(SEQUENCE_KEY, 'NaN');
  }

  cut(how: CutHow): void {
    this.#cutSocket = this.#client?.socket ?? null;
    this.#cutSocket?.cut(how);
  }

  close(code: number, reason: string): void {
    this.#client?.close(code, reason);
  }

  setOnline(online: boolean): void {
    this.#online = online;
    this.#bornOffline = false;
    if (online) {
      this.#client?.goOnline();
      for (const copy of this.#copies) if (copy.#bornOffline) copy.setOnline(true);
    } else {
      // The network is gone before the browser says so: not even a FIN gets out.
      this.cut('silent');
      this.#client?.goOffline();
    }
  }

  setLatency(latency: Latency | null): void {
    this.#latency = latency;
    this.#client?.socket?.setLatency(latency);
  }
}
