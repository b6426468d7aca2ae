import type {
  ClosedBy,
  LogEvents,
  LogName,
  NavigationType,
  SessionReason,
  UnloadReason,
} from '../../src/core/records.ts';

/** A line of a log, before it is text. */
export type Line = Record<string, unknown> & { time: string; event: string };
export type Lines = Record<LogName, Line[]>;

interface Connection {
  number: number;
  clientId: string;
  /** The session's name at that time: storage may be cleared under an open connection. */
  session: string;
  document: string;
}

interface Tab {
  session: string;
  document: string;
  /** Last number used. */
  number: number;
  connection: Connection | null;
}

/** What can happen to one tab. */
export const TAB_STEPS = [
  'connect',
  'drop',
  'half-open',
  'server-close',
  'page-close',
  'refresh',
  'navigate',
  'cache',
  'discard',
  'crash',
  'crash-in-mid-dial',
  'restore',
  'frame',
  'fail-dial',
  'reject',
  'lose-welcome',
  'refresh-in-mid-dial',
  'refresh-in-mid-welcome',
  'clear-storage',
  'duplicate',
  'close-tab',
] as const;
export type TabStep = (typeof TAB_STEPS)[number];

/** `[tab, step]`, or what happens to all. */
export type Step = [tab: number, step: TabStep] | 'restart' | 'kill' | 'open' | 'open-continued';

const STARTED = { wsdiag_version: '0.1.0', log_schema: 1 };
const STOPPED = { ...STARTED, event_loop_delay_p99_ms: 12 };
const EXPECT_NOTHING = {
  occurrence: 1,
  client_close_code: null,
  server_close_code: null,
  half_open: false,
  kills_server: false,
  delays_frames: false,
  takes_page: false,
  restores_storage: false,
};

/**
 * Writes the logs of a run in which client and server do all right: a model of what the checks must
 * let pass, line by line, without a socket.
 */
export class World {
  readonly lines: Lines = { server: [], client: [], faults: [] };
  readonly #tabs: Tab[] = [];
  #now = Date.UTC(2026, 0, 1);
  #names = 0;

  constructor() {
    this.#log('server', 'server_started', { ...STARTED, url: 'ws://127.0.0.1:1' });
    this.#log('client', 'client_started', { ...STARTED, url: 'ws://127.0.0.1:1' });
    this.#log('faults', 'faults_started', STARTED);
  }

  play(step: Step): void {
    if (step === 'open') this.#openTab('new', null);
    else if (step === 'open-continued') this.#openContinued();
    else if (step === 'restart') this.#restart();
    else if (step === 'kill') this.#kill();
    else this.#playTab(...step);
  }

  end(): Lines {
    for (const tab of this.#tabs) {
      this.#connect(tab);
      this.#unload(tab, 'end');
    }
    this.#log('faults', 'faults_stopped', STARTED);
    this.#log('client', 'client_stopped', { ...STOPPED, interrupted: false });
    this.#log('server', 'server_stopped', { ...STOPPED, url: 'ws://127.0.0.1:1' });
    return this.lines;
  }

  #playTab(index: number, step: TabStep): void {
    const tab = this.#tabs[index % Math.max(1, this.#tabs.length)];
    if (!tab) return;
    const steps: Record<TabStep, () => void> = {
      connect: () => this.#connect(tab),
      drop: () => this.#drop(tab),
      'half-open': () => this.#goHalfOpen(tab),
      'server-close': () => this.#closeBy(tab, 'server', 1013),
      'page-close': () => this.#closeBy(tab, 'peer', 4001),
      refresh: () => this.#refresh(tab),
      navigate: () => this.#leave(tab, 'navigate', 'navigate'),
      cache: () => this.#leave(tab, 'bfcache', 'back_forward'),
      discard: () => this.#leave(tab, 'discard', 'back_forward'),
      crash: () => this.#crash(tab),
      'crash-in-mid-dial': () => this.#crashInMidDial(tab),
      restore: () => this.#restore(tab),
      frame: () => this.#openTab('frame', tab.session),
      'fail-dial': () => this.#failDial(tab),
      reject: () => this.#reject(tab),
      'lose-welcome': () => this.#loseWelcome(tab),
      'refresh-in-mid-dial': () => this.#refreshInMidDial(tab, false),
      'refresh-in-mid-welcome': () => this.#refreshInMidDial(tab, true),
      'clear-storage': () => this.#clearStorage(tab),
      duplicate: () => this.#openTab('duplicate-tab', tab.session),
      'close-tab': () => this.#closeTab(tab),
    };
    steps[step]();
  }

  #openTab(reason: SessionReason, parent: string | null): void {
    const tab = { session: this.#name('s'), document: '', number: 0, connection: null };
    this.#tabs.push(tab);
    this.#load(tab, 'navigate', () => this.#startSession(tab, reason, parent));
    this.#connect(tab);
  }

  /** An earlier run left this session at 4, though its storage says 2. */
  #openContinued(): void {
    const tab = { session: this.#name('s'), document: '', number: 2, connection: null };
    this.#tabs.push(tab);
    this.#load(tab, 'navigate');
    this.#connect(tab);
    this.#logClient('sequence_advanced', tab, { connection_sequence: 9, last_seen_sequence: 9 });
    tab.number = 9;
  }

  #load(tab: Tab, navigation: NavigationType, before = () => {}): void {
    tab.document = this.#name('d');
    before();
    this.#logClient('document_loaded', tab, { navigation });
  }

  #startSession(tab: Tab, reason: SessionReason, parent: string | null): void {
    this.#logClient('session_started', tab, { reason, parent_session_id: parent });
  }

  #attempt(tab: Tab): Connection {
    this.#disconnect(tab);
    tab.number += 1;
    this.#logClient('connection_attempt', tab, {
      connection_sequence: tab.number,
      delay_ms: 0,
      backoff_attempt: 0,
    });
    const { number, session, document } = tab;
    return { number, session, document, clientId: this.#name('c') };
  }

  #accept(connection: Connection): void {
    this.#logServer('connection_opened', connection, {
      document_id: connection.document,
      session_verified: true,
      remote_address: '127.0.0.1',
    });
  }

  #connect(tab: Tab, beforeWelcome = () => {}): void {
    if (tab.connection) return;
    const connection = this.#attempt(tab);
    this.#accept(connection);
    beforeWelcome();
    tab.connection = connection;
    this.#logClient('connection_opened', tab, {
      connection_sequence: connection.number,
      client_id: connection.clientId,
    });
  }

  #disconnect(tab: Tab): void {
    if (tab.connection) this.#drop(tab);
  }

  #drop(tab: Tab): void {
    const connection = this.#connected(tab);
    this.#fault('drop', tab, { client_close_code: 1006, server_close_code: 1006 });
    this.#serverClosed(connection, 1006, 'network');
    this.#clientClosed(tab, 1006);
  }

  #goHalfOpen(tab: Tab): void {
    const connection = this.#connected(tab);
    this.#fault('drop', tab, { client_close_code: 1006, server_close_code: 1006, half_open: true });
    this.#clientClosed(tab, 1006);
    this.#connect(tab, () => this.#serverClosed(connection, 1006, 'superseded'));
  }

  #closeBy(tab: Tab, closedBy: ClosedBy, code: number): void {
    const connection = this.#connected(tab);
    this.#fault('close', tab, { client_close_code: code, server_close_code: code });
    this.#serverClosed(connection, code, closedBy);
    this.#clientClosed(tab, code);
  }

  #refresh(tab: Tab): void {
    this.#connected(tab);
    this.#fault('refresh', tab, { client_close_code: null, server_close_code: 1001 });
    this.#unload(tab, 'reload');
    this.#load(tab, 'reload');
  }

  #leave(tab: Tab, reason: UnloadReason, navigation: NavigationType): void {
    this.#connected(tab);
    this.#unload(tab, reason, reason === 'bfcache' ? 1000 : 1001);
    this.#load(tab, navigation);
  }

  /** The page is gone without a word, and the next one finds its name in the storage. */
  #crash(tab: Tab): void {
    this.#serverClosed(this.#connected(tab), 1006, 'network');
    this.#comeBehindVanished(tab);
  }

  #crashInMidDial(tab: Tab): void {
    this.#attempt(tab);
    this.#comeBehindVanished(tab);
  }

  #comeBehindVanished(tab: Tab): void {
    tab.connection = null;
    this.#logClient('document_unloaded', tab, {
      connection_sequence: null,
      client_id: null,
      reason: 'vanished',
    });
    this.#load(tab, 'back_forward');
  }

  /** The browser is killed, and brings back the storage of two attempts ago. */
  #restore(tab: Tab): void {
    const connection = this.#connected(tab);
    const { number } = connection;
    const highest = tab.number;
    if (number < 3) {
      this.#crash(tab);
      return;
    }
    this.#fault('restore', tab, { takes_page: true, restores_storage: true });
    this.#serverClosed(connection, 1001, 'peer');
    tab.connection = null;
    tab.number = number - 2;
    this.#load(tab, 'back_forward');
    this.#connect(tab);
    const seen = { connection_sequence: highest, last_seen_sequence: highest };
    this.#logClient('sequence_advanced', tab, seen);
    tab.number = highest;
  }

  #failDial(tab: Tab): void {
    this.#attempt(tab);
    this.#failed(tab, 'ECONNREFUSED', null);
  }

  #reject(tab: Tab): void {
    const { clientId, session, number } = this.#attempt(tab);
    this.#log('server', 'handshake_rejected', {
      client_id: clientId,
      session_id: session,
      connection_sequence: number,
      reason: 'full',
      close_code: null,
      http_status: 503,
    });
    this.#failed(tab, 'unexpected response', 503);
  }

  #loseWelcome(tab: Tab): void {
    const connection = this.#attempt(tab);
    this.#accept(connection);
    this.#failed(tab, 'closed with 1006', null);
    this.#serverClosed(connection, 1006, 'network');
  }

  #refreshInMidDial(tab: Tab, accepted: boolean): void {
    const connection = this.#attempt(tab);
    if (accepted) this.#accept(connection);
    this.#logClient('document_unloaded', tab, {
      connection_sequence: connection.number,
      client_id: null,
      reason: 'reload',
    });
    if (accepted) this.#serverClosed(connection, 1006, 'network');
    this.#load(tab, 'reload');
  }

  #clearStorage(tab: Tab): void {
    this.#disconnect(tab);
    const parent = tab.session;
    tab.session = this.#name('s');
    tab.number = 0;
    this.#startSession(tab, 'storage-cleared', parent);
  }

  #closeTab(tab: Tab): void {
    this.#unload(tab, 'close');
    this.#tabs.splice(this.#tabs.indexOf(tab), 1);
  }

  #unload(tab: Tab, reason: UnloadReason, code = 1001): void {
    const { connection } = tab;
    this.#logClient('document_unloaded', tab, {
      connection_sequence: connection?.number ?? null,
      client_id: connection?.clientId ?? null,
      reason,
    });
    tab.connection = null;
    if (connection) this.#serverClosed(connection, code, 'peer');
  }

  #restart(): void {
    const connected = this.#tabs.filter(({ connection }) => connection);
    for (const tab of connected) {
      this.#fault('restart-server', tab, { client_close_code: 1012, server_close_code: 1012 });
    }
    for (const tab of connected) this.#serverClosed(this.#connected(tab), 1012, 'server');
    this.#log('server', 'server_stopped', { ...STOPPED, url: 'ws://127.0.0.1:1' });
    for (const tab of connected) this.#clientClosed(tab, 1012);
    this.#log('server', 'server_started', { ...STARTED, url: 'ws://127.0.0.1:1' });
  }

  #kill(): void {
    const connected = this.#tabs.filter(({ connection }) => connection);
    if (connected.length === 0) return;
    this.#now += 1000;
    const hit = { occurrence: this.#now, client_close_code: 1006, kills_server: true };
    for (const tab of connected) this.#fault('restart-server', tab, hit, 0);
    for (const tab of connected) this.#clientClosed(tab, 1006);
    this.#now += 1000;
    this.#log('server', 'server_started', { ...STARTED, url: 'ws://127.0.0.1:1' });
  }

  #connected(tab: Tab): Connection {
    this.#connect(tab);
    if (!tab.connection) throw new Error('not connected');
    return tab.connection;
  }

  #serverClosed(connection: Connection, code: number, closedBy: ClosedBy): void {
    this.#logServer('connection_closed', connection, {
      close_code: code,
      close_reason: '',
      was_clean: code !== 1006,
      duration_seconds: 1,
      closed_by: closedBy,
    });
  }

  #clientClosed(tab: Tab, code: number): void {
    this.#logClient('connection_closed', tab, {
      connection_sequence: tab.connection?.number ?? 0,
      client_id: tab.connection?.clientId ?? '',
      close_code: code,
      close_reason: '',
      was_clean: code !== 1006,
      duration_seconds: 1,
    });
    tab.connection = null;
  }

  #failed(tab: Tab, error: string, status: number | null): void {
    this.#logClient('connection_failed', tab, {
      connection_sequence: tab.number,
      error,
      http_status: status,
    });
  }

  #fault(
    fault: string,
    tab: Tab,
    expected: Partial<LogEvents['faults']['fault_injected']>,
    takesMs?: number,
  ): void {
    const subject = {
      session_id: tab.session,
      connection_sequence: tab.connection?.number ?? null,
    };
    const fields = { fault, ...EXPECT_NOTHING, ...subject, ...expected };
    this.#log('faults', 'fault_injected', fields, takesMs);
  }

  #logClient(event: string, tab: Tab, fields: object): void {
    const ids = { session_id: tab.session, document_id: tab.document };
    this.#log('client', event, { ...ids, ...fields });
  }

  #logServer(event: string, connection: Connection, fields: object): void {
    this.#log('server', event, {
      client_id: connection.clientId,
      session_id: connection.session,
      connection_sequence: connection.number,
      ...fields,
    });
  }

  #log(log: LogName, event: string, fields: object, takesMs = 7): void {
    this.#now += takesMs;
    this.lines[log].push({ ...fields, time: new Date(this.#now).toISOString(), event });
  }

  #name(kind: string): string {
    this.#names += 1;
    return `${kind}${this.#names}`;
  }
}

export function play(steps: Step[]): Lines {
  const world = new World();
  for (const step of ['open', ...steps] as Step[]) world.play(step);
  return world.end();
}
