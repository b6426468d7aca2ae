import { randomUUID } from 'node:crypto';
import type { ClientHost } from '../core/host.ts';
import { randomFor } from '../core/random.ts';
import type { WriteLog } from '../core/records.ts';
import type { ClientSettings, Defect } from '../core/settings.ts';
import { type Browser, BrowserTab, type TabStorage } from '../core/tab.ts';
import { ClientSocket, type DialOptions } from './client-socket.ts';
import { realClock } from './clock.ts';
import type { SessionStorageStore } from './session-storage.ts';
import type { Wires } from './wire.ts';

export interface BrowserOptions {
  url: URL;
  settings: ClientSettings;
  log: WriteLog<'client'>;
  store: SessionStorageStore;
  seed: number;
}

/** What a tab keeps through all its documents. */
interface Place {
  /** Its own generator, so that no tab changes another's draws. */
  random: () => number;
  localAddress: string | undefined;
}

/** Sockets one source address can have to one port, with room to spare (28,000 on Linux). */
const TABS_PER_ADDRESS = 20_000;

/** Tabs over real sockets and a session storage in files. */
export class RealBrowser implements Browser {
  readonly tabs: BrowserTab[] = [];
  readonly #options: BrowserOptions;
  readonly #dialOptions: DialOptions;
  readonly #claims = new Set<string>();
  readonly #places = new Map<string, Place>();
  readonly #wires: Wires = { open: new Set(), silent: new Set() };

  constructor(options: BrowserOptions) {
    this.#options = options;
    this.#dialOptions = dialOptionsOf(options.url);
  }

  /** Opens a tab; it goes on with what its storage area holds. `load()` makes it dial. */
  open(name: string, defect: Defect | null = null): BrowserTab {
    const { store, settings } = this.#options;
    const tab = new BrowserTab(this, name, store.tab(name), settings, defect);
    this.opened(tab);
    return tab;
  }

  opened(tab: BrowserTab): void {
    this.#places.set(tab.name, {
      random: randomFor(this.#options.seed, `client/${tab.name}`),
      localAddress: this.#localAddress(this.tabs.length),
    });
    this.tabs.push(tab);
  }

  duplicateStorage(from: string, to: string): TabStorage {
    // A copy of an earlier run on the same store; nobody opens it again.
    this.#options.store.remove(to);
    return this.#options.store.duplicate(from, to);
  }

  removeStorage(tabName: string): void {
    this.#options.store.remove(tabName);
  }

  clientHost(tabName: string, storage: TabStorage): ClientHost {
    const { random, localAddress } = this.#placeOf(tabName);
    const options = { ...this.#dialOptions, localAddress };
    return {
      ...realClock,
      random,
      randomUUID: () => randomUUID(),
      storage,
      log: this.#options.log,
      dial: (query, events) => {
        const path = query.length === 0 ? options.path : withQuery(options.path, query);
        return new ClientSocket({ ...options, path }, random, this.#wires, events);
      },
      claimSession: (sessionId, decided) => {
        if (this.#claims.has(sessionId)) {
          decided(null);
        } else {
          this.#claims.add(sessionId);
          decided(() => this.#claims.delete(sessionId));
        }
      },
    };
  }

  /** Sockets not yet closed, beside those that were cut silently. */
  get openSockets(): number {
    return this.#wires.open.size - this.#wires.silent.size;
  }

  /** Frees all sockets that are left, those of connections that were cut silently too. */
  dispose(): void {
    for (const wire of this.#wires.open) wire.dispose();
  }

  #placeOf(tabName: string): Place {
    const place = this.#places.get(tabName);
    if (!place) throw new Error(`no tab ${tabName} was opened`);
    return place;
  }

  /** `index`: how many tabs were opened before. */
  #localAddress(index: number): string | undefined {
    const block = Math.floor(index / TABS_PER_ADDRESS);
    return block > 0 && this.#dialOptions.host === '127.0.0.1' ? `127.0.0.${1 + block}` : undefined;
  }
}

function dialOptionsOf(url: URL): DialOptions {
  const secure = url.protocol === 'wss:';
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port) || (secure ? 443 : 80),
    secure,
    path: url.pathname + url.search,
    hostHeader: url.host,
    origin: `${secure ? 'https' : 'http'}://${url.host}`,
  };
}

function withQuery(path: string, query: [name: string, value: string][]): string {
  const separator = path.includes('?') ? '&' : '?';
  return path + separator + new URLSearchParams(query).toString();
}
