import { randomUUID } from 'node:crypto';
import { createDialGate, type DialGate } from '../core/dial-gate.ts';
import { Pace } from '../core/dial-gate-paced.ts';
import { type ClientAs, HABITS, type Habits } from '../core/habits.ts';
import type { DialRequest, SocketEvents } from '../core/host.ts';
import { randomFor } from '../core/random.ts';
import type { WriteLog } from '../core/records.ts';
import type { ClientSettings, Defect } from '../core/settings.ts';
import { type Browser, type BrowserHost, BrowserTab, type TabStorage } from '../core/tab.ts';
import { TalkingSocket } from '../core/talking-socket.ts';
import { ClientSocket } from './client-socket.ts';
import { realClock } from './clock.ts';
import { type DialledServer, dialsTo } from './dialled-server.ts';
import { GatedSocket } from './gated-socket.ts';
import type { SessionStorageStore } from './session-storage.ts';
import type { Wires } from './wire.ts';

export interface BrowserOptions {
  url: URL;
  settings: ClientSettings;
  log: WriteLog<'client'>;
  store: SessionStorageStore;
  seed: number;
  as: ClientAs;
  /** As `Browser.restoresMs`. Default: 0. */
  restoresMs?: number;
  /** The id of a tab's session, by its place among the tab's sessions, from 1. Default: a random one. */
  sessionId?: (tabName: string, nth: number) => string;
  /** What else is to be known of the server at the URL. */
  server?: DialledServer;
  /** How many processes have as many tabs, and may be on this machine. Default: 1. */
  processes?: number;
}

/** What a tab keeps through all its documents. */
interface Place {
  /** Its own generator, so that no tab changes another's draws. */
  random: () => number;
  localAddress: string | undefined;
  gate: DialGate;
  /** That began in it. */
  sessions: number;
}

/** A document, by what it shares with the frames of its tab. */
interface Owner {
  tabName: string;
}

/** Sockets one source address can have to one port, with room to spare (28,000 on Linux). */
const TABS_PER_ADDRESS = 20_000;

/** Tabs over real sockets and a session storage in files. */
export class RealBrowser implements Browser {
  readonly tabs: BrowserTab[] = [];
  readonly #options: BrowserOptions;
  readonly #dials: ReturnType<typeof dialsTo>;
  readonly habits: Habits;
  readonly restoresMs: number;
  /** By session: the document that has it. */
  readonly #claims = new Map<string, Owner>();
  readonly #places = new Map<string, Place>();
  readonly #wires: Wires = { open: new Set(), silent: new Set() };
  readonly #pace: Pace | null;

  constructor(options: BrowserOptions) {
    this.#options = options;
    this.habits = HABITS[options.as];
    this.restoresMs = options.restoresMs ?? 0;
    const { url, server } = options;
    this.#dials = dialsTo(url, server);
    this.#pace = server?.maxDialsPerSecond ? new Pace(realClock, server.maxDialsPerSecond) : null;
  }

  /** Opens a tab; it goes on with what its storage area holds. `load()` makes it dial. */
  open(name: string, defect: Defect | null = null): BrowserTab {
    const { store, settings } = this.#options;
    this.#addPlace(name, this.#newGate(name));
    const storage = store.tab(name);
    const tab = new BrowserTab({ browser: this, name, storage, settings, defect });
    this.tabs.push(tab);
    return tab;
  }

  opened(tab: BrowserTab): void {
    this.tabs.push(tab);
  }

  duplicateStorage(from: string, to: string): TabStorage {
    // A copy of an earlier run on the same store; nobody opens it again.
    this.#options.store.remove(to);
    const { gate } = this.#placeOf(from);
    // Each tab of Chromium is a process of its own.
    this.#addPlace(to, this.#options.as === 'firefox' ? gate : this.#newGate(to));
    return this.#options.store.duplicate(from, to);
  }

  removeStorage(tabName: string): void {
    this.#options.store.remove(tabName);
  }

  restarted(tabName: string): void {
    this.#placeOf(tabName).gate = this.#newGate(tabName);
  }

  clientHost(tabName: string, storage: TabStorage): BrowserHost {
    const owner: Owner = { tabName };
    const place = this.#placeOf(tabName);
    const { random, localAddress } = place;
    // Node holds nothing back.
    const isGated = this.#options.as !== 'node' || this.#pace !== null;
    const { common, request } = this.#dials;
    const options = { ...common, localAddress, habits: this.habits };
    const connect = (of: DialRequest, events: SocketEvents) => {
      const dial = (events: SocketEvents) =>
        new ClientSocket({ ...options, ...request(of) }, random, this.#wires, events);
      return isGated ? new GatedSocket(place.gate, dial, events) : dial(events);
    };
    const protocol = this.#options.server?.protocol;
    return {
      ...realClock,
      random,
      randomUUID: () => randomUUID(),
      newSessionId: () => {
        place.sessions += 1;
        return this.#options.sessionId?.(tabName, place.sessions) ?? randomUUID();
      },
      storage,
      log: namingClient(this.#options.log, tabName),
      dial: (of, events) =>
        protocol
          ? new TalkingSocket(protocol, realClock, connect, of, events)
          : connect(of, events),
      claimSession: (sessionId, decided) => {
        if (this.#claims.has(sessionId)) {
          decided(null);
        } else {
          this.#claims.set(sessionId, owner);
          decided(() => this.#claims.delete(sessionId));
        }
      },
      isInOtherFrame: (sessionId) => {
        const other = this.#claims.get(sessionId);
        return other !== undefined && other !== owner && other.tabName === tabName;
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

  #newGate(tabName: string): DialGate {
    const random = randomFor(this.#options.seed, `gate/${tabName}`);
    const gate = createDialGate(this.#options.as, realClock, random);
    return this.#pace?.behind(gate) ?? gate;
  }

  #addPlace(tabName: string, gate: DialGate): void {
    this.#places.set(tabName, {
      random: randomFor(this.#options.seed, `client/${tabName}`),
      localAddress: this.#localAddress(this.#places.size),
      gate,
      sessions: 0,
    });
  }

  #placeOf(tabName: string): Place {
    const place = this.#places.get(tabName);
    if (!place) throw new Error(`no tab ${tabName} was opened`);
    return place;
  }

  /** `index`: how many tabs were opened before. */
  #localAddress(index: number): string | undefined {
    const { processes = 1 } = this.#options;
    const block = Math.floor((index * processes) / TABS_PER_ADDRESS);
    return block > 0 && this.#dials.common.host === '127.0.0.1'
      ? `127.0.0.${1 + block}`
      : undefined;
  }
}

/** So that the client of a plan is found in the log. */
const namingClient =
  (log: WriteLog<'client'>, client: string): WriteLog<'client'> =>
  (event, fields) =>
    log(event, event === 'session_started' ? { ...fields, client } : fields);
