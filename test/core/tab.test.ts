import { describe, expect, it } from 'vitest';
import { type ClientAs, HABITS } from '../../src/core/habits.ts';
import type { DialRequest, SocketEvents } from '../../src/core/host.ts';
import { SEQUENCE_KEY, SESSION_ID_KEY } from '../../src/core/sequence.ts';
import { type ClientSettings, DEFAULT_CLIENT_SETTINGS } from '../../src/core/settings.ts';
import { BrowserTab, type TabStorage, type WireSocket } from '../../src/core/tab.ts';
import type { CutHow } from '../../src/core/world.ts';
import { FakeBrowser, FakeSocket, FakeStorage } from '../support/fake-host.ts';

const BASE_MS = 100;

/** A socket that keeps what is done to its wire. */
class FakeWireSocket extends FakeSocket implements WireSocket {
  readonly behind = false;
  readonly wire: (CutHow | 'mend' | 'thaw')[] = [];

  cut(how: CutHow): void {
    this.wire.push(how);
  }

  setLatency(): void {}

  mend(): void {
    this.wire.push('mend');
  }

  thaw(): void {
    this.wire.push('thaw');
  }
}

/** A tab in such a browser. */
function open(as: ClientAs, restoresMs = 0, more: Partial<ClientSettings> = {}) {
  const host = new FakeBrowser();
  const storage = new FakeStorage();
  const sockets: FakeWireSocket[] = [];
  const browser = {
    habits: HABITS[as],
    restoresMs,
    clientHost: (_name: string, of: TabStorage) => ({
      ...host.document(of as FakeStorage),
      newSessionId: () => host.randomUUID(),
      dial: ({ query }: DialRequest, events: SocketEvents) => {
        const socket = new FakeWireSocket(query, events);
        sockets.push(socket);
        return socket;
      },
    }),
    duplicateStorage: () => new FakeStorage(storage.items),
    removeStorage: () => storage.clear(),
    restarted: () => {},
    opened: () => {},
  };
  const settings = {
    ...DEFAULT_CLIENT_SETTINGS,
    backoff: { policy: 'fixed', baseMs: BASE_MS, maxMs: BASE_MS } as const,
    ...more,
  };
  const tab = new BrowserTab({ browser, name: 'tab', storage, settings, defect: null });
  tab.load();
  const socket = () => sockets.at(-1) as FakeWireSocket;
  const connect = () => socket().accept();
  connect();
  const told = () =>
    host.lines.map((line) => [line.event, ...('reason' in line ? [line.reason] : [])].join(' '));
  return { tab, host, storage, sockets, socket, connect, told };
}

const [CHROMIUM, FIREFOX, NODE] = ['chromium', 'firefox', 'node'] as const;

describe('a page that is left for another of its site', () => {
  it.each([CHROMIUM])('closes its connection, to wait in the cache: %s', (as) => {
    const { tab, sockets, told } = open(as);
    tab.navigate();
    expect(sockets[0]?.closes).toEqual([{ code: 1000, reason: 'bfcache' }]);
    expect(told().slice(-3)).toEqual([
      'document_unloaded bfcache',
      'document_loaded',
      'connection_attempt',
    ]);
  });

  it.each([NODE])('leaves: %s', (as) => {
    const { tab, sockets, told } = open(as);
    tab.navigate();
    expect(sockets[0]?.letGo).toBe('left');
    expect(told().at(-3)).toBe('document_unloaded navigate');
  });

  it.each([FIREFOX])('hears first that its socket closed, and dials no more: %s', (as) => {
    const { tab, host, sockets, told } = open(as);
    tab.navigate();
    expect(sockets[0]?.letGo).toBe('left');
    expect(told().slice(-4)).toEqual([
      'connection_closed',
      'document_unloaded navigate',
      'document_loaded',
      'connection_attempt',
    ]);
    expect(host.of('connection_closed')).toMatchObject([{ close_code: 1001, was_clean: true }]);
    expect(host.of('document_unloaded')).toMatchObject([{ connection_sequence: null }]);
    expect(host.of('connection_attempt').at(-1)).toMatchObject({ connection_sequence: 2 });
  });

  it('hears of no 1001 on a socket that it has closed itself: firefox', () => {
    const { tab, host } = open(FIREFOX);
    tab.close(3000, 'enough');
    tab.navigate();
    expect(host.of('connection_closed')).toEqual([]);
    expect(host.of('document_unloaded')).toMatchObject([
      { connection_sequence: 1, client_id: 'server-side-id' },
    ]);
  });

  it('hears of no 1001 where the run ends around it: firefox', () => {
    const { tab, told } = open(FIREFOX);
    tab.unload('end');
    expect(told().slice(-2)).toEqual(['connection_opened', 'document_unloaded end']);
  });
});

describe('a computer that sleeps', () => {
  it.each([
    [CHROMIUM, ['silent', 'thaw', 'fin']],
    [FIREFOX, ['silent', 'thaw']],
    [NODE, ['silent', 'thaw']],
  ])('leaves its connection to the network, and Chromium has lost it on waking: %s', (as, wire) => {
    const { tab, socket } = open(as);
    tab.setAsleep(true);
    expect([tab.asleep, tab.connected, tab.open]).toEqual([true, false, true]);
    tab.setAsleep(false);
    expect(socket().wire).toEqual(wire);
    expect(tab.connected).toBe(as !== CHROMIUM);
  });

  it('hears of nothing, dials nothing, and does both at once on waking', () => {
    const { tab, host, socket, sockets } = open(FIREFOX);
    tab.setAsleep(true);
    socket().end();
    host.pass(BASE_MS * 10);
    expect(host.of('connection_closed')).toEqual([]);
    tab.setAsleep(false);
    expect(host.of('connection_closed')).toHaveLength(1);
    host.pass(BASE_MS);
    expect(sockets).toHaveLength(2);
  });

  it('dials when it wakes where it was about to when it fell asleep', () => {
    const { tab, host, socket, sockets } = open(FIREFOX);
    socket().end();
    tab.setAsleep(true);
    host.pass(BASE_MS * 10);
    expect(sockets).toHaveLength(1);
    tab.setAsleep(false);
    expect(sockets).toHaveLength(2);
  });

  it('has its link back when it wakes, and not before', () => {
    const { tab, socket } = open(NODE);
    tab.setOnline(false);
    tab.setAsleep(true);
    tab.setOnline(true);
    expect(socket().wire).toEqual(['silent']);
    tab.setAsleep(false);
    expect(tab.sessions).toMatchObject([{ connectionSequence: null }]);
  });
});

describe('a page that gave up', () => {
  it('is settled: nobody waits for it', () => {
    const { tab, socket } = open(CHROMIUM, 0, { stopOn: [4401] });
    socket().end({ code: 4401 });
    expect([tab.connected, tab.settled, tab.open]).toEqual([false, true, true]);
  });
});

describe('a page to which the user comes back', () => {
  it.each([
    [CHROMIUM, 'document_unloaded bfcache'],
    [FIREFOX, 'document_unloaded navigate'],
    [NODE, 'document_unloaded navigate'],
  ] as const)('goes on in its session: %s', (as, went) => {
    const { tab, host, told } = open(as);
    const { sessionId } = tab;
    tab.leave();
    expect(tab.open).toBe(false);
    expect(told().at(-1)).toBe(went);
    tab.comeBack();
    expect(tab.sessionId).toBe(sessionId);
    expect(host.of('document_loaded').at(-1)).toMatchObject({ navigation: 'back_forward' });
    expect(host.of('connection_attempt').at(-1)).toMatchObject({ connection_sequence: 2 });
  });

  it('dials though it had gone to the cache without a link, once that is back', () => {
    const { tab, sockets } = open(CHROMIUM);
    tab.setOnline(false);
    tab.reload();
    tab.leave();
    tab.setOnline(true);
    const dials = sockets.length;
    tab.comeBack();
    expect(sockets).toHaveLength(dials + 1);
  });

  it('does not dial where the link went meanwhile', () => {
    const { tab, host, sockets } = open(CHROMIUM);
    tab.leave();
    tab.setOnline(false);
    tab.comeBack();
    host.pass(60_000);
    expect(sockets).toHaveLength(1);
    tab.setOnline(true);
    host.pass(HABITS.chromium.linkNewsMs + BASE_MS);
    expect(sockets).toHaveLength(2);
  });
});

describe('a page that is discarded', () => {
  it.each([FIREFOX, NODE])('says so: %s', (as) => {
    const { tab, told } = open(as);
    tab.discard();
    expect(told().at(-1)).toBe('document_unloaded discard');
    tab.reopen();
    expect(told().slice(-2)).toEqual(['document_loaded', 'connection_attempt']);
  });

  it('says nothing, and the next one finds it gone: chromium', () => {
    const { tab, told, socket } = open(CHROMIUM);
    tab.discard();
    expect(socket().letGo).toBe('left');
    expect(told().at(-1)).toBe('connection_opened');
    tab.reopen();
    expect(told().slice(-3)).toEqual([
      'document_unloaded vanished',
      'document_loaded',
      'connection_attempt',
    ]);
  });
});

describe('a browser that is killed', () => {
  it.each([
    [CHROMIUM, 'left'],
    [FIREFOX, null],
    [NODE, null],
  ] as const)('tells no page, and the server only where it can: %s', (as, letGo) => {
    const { tab, sockets, told } = open(as, 1000);
    tab.restore(0);
    expect(sockets[0]).toMatchObject({ letGo, wire: letGo === null ? ['fin'] : [] });
    expect(told().slice(-3)).toEqual([
      'document_unloaded vanished',
      'document_loaded',
      'connection_attempt',
    ]);
  });

  it('brings back the numbers of some time ago', () => {
    const { tab, host, storage, socket, connect } = open(FIREFOX, 10_000);
    const { sessionId } = tab;
    for (let drops = 0; drops < 3; drops++) {
      host.pass(1000);
      socket().end();
      host.pass(BASE_MS);
      connect();
    }
    expect(storage.items.get(SEQUENCE_KEY)).toBe('4');
    tab.restore(2000);
    expect(tab).toMatchObject({ sessionId, connectionSequence: 3 });
    socket().accept({ last_seen_sequence: 4 });
    expect(storage.items.get(SEQUENCE_KEY)).toBe('4');
    expect(host.of('sequence_advanced')).toMatchObject([{ connection_sequence: 4 }]);
  });

  it('brings back no session that is younger', () => {
    const { tab, host, storage } = open(FIREFOX, 10_000);
    const { sessionId } = tab;
    host.pass(100);
    tab.restore(5000);
    expect(tab.sessionId).not.toBe(sessionId);
    expect(storage.items.get(SESSION_ID_KEY)).toBe(tab.sessionId);
    expect(host.of('session_started').at(-1)).toMatchObject({ reason: 'new' });
  });
});

describe('a link that goes', () => {
  it.each([
    [CHROMIUM, ['silent', 'mend']],
    [FIREFOX, ['silent', 'mend']],
    [NODE, ['silent']],
  ] as const)('ends the connection once the page hears of it: %s', (as, wire) => {
    const { tab, host, sockets } = open(as);
    const { linkNewsMs } = HABITS[as];
    tab.setOnline(false);
    if (linkNewsMs > 0) {
      host.pass(linkNewsMs - 1);
      expect(host.of('connection_closed')).toEqual([]);
      host.pass(1);
    }
    expect(host.of('connection_closed')).toMatchObject([{ close_code: 1006 }]);
    tab.setOnline(true);
    expect(sockets[0]?.wire).toEqual(wire);
    host.pass(linkNewsMs + BASE_MS);
    expect(sockets).toHaveLength(2);
  });

  it.each([CHROMIUM, FIREFOX])('ends nothing where it is back before that: %s', (as) => {
    const { tab, host, sockets } = open(as);
    tab.setOnline(false);
    expect(tab.connected).toBe(false);
    host.pass(HABITS[as].linkNewsMs - 1);
    tab.setOnline(true);
    expect(tab.connected).toBe(true);
    expect(sockets[0]?.wire).toEqual(['silent', 'thaw']);
    host.pass(60_000);
    expect(host.of('connection_closed')).toEqual([]);
    expect(sockets).toHaveLength(1);
  });

  it('leaves as it is what was cut before, though it is back soon', () => {
    const { tab, sockets } = open(FIREFOX);
    tab.cut('silent');
    tab.setOnline(false);
    tab.setOnline(true);
    expect(sockets[0]?.wire).toEqual(['silent']);
    expect(tab.connected).toBe(false);
  });
});

describe('frames', () => {
  it('have a session each, and come back with their page', () => {
    const { tab, host, connect } = open(CHROMIUM);
    tab.addFrames(2);
    connect();
    const before = tab.sessions.map(({ sessionId }) => sessionId);
    expect(new Set(before).size).toBe(3);
    expect(host.of('session_started').map(({ reason }) => reason)).toEqual([
      'new',
      'frame',
      'frame',
    ]);
    tab.reload();
    expect(tab.sessions.map(({ sessionId }) => sessionId)).toEqual(before);
    expect(host.of('session_started')).toHaveLength(3);
  });

  it.each([CHROMIUM, FIREFOX, NODE])('are told of when their browser is killed: %s', (as) => {
    const { tab, host } = open(as, 1000);
    tab.addFrames(1);
    tab.restore(0);
    expect(host.of('document_unloaded').map(({ reason }) => reason)).toEqual([
      'vanished',
      'vanished',
    ]);
  });
});
