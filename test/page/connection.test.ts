import { describe, expect, it } from 'vitest';
import { SEQUENCE_KEY, SESSION_ID_KEY } from '../../src/core/sequence.ts';
import type { ConnectOptions } from '../../src/page/client.ts';
import { connectIn } from '../../src/page/connection.ts';
import { FakePages, FakeWindow, settled } from './fake-page.ts';

/** A page that has dialled. */
async function load(options: ConnectOptions = {}, browser = new FakePages()) {
  const tab = browser.tab();
  const window = tab.load();
  const connection = window.connect(options);
  await browser.run();
  return { browser, tab, window, connection };
}

/** A page that has been welcomed. */
async function open(...args: Parameters<typeof load>) {
  const loaded = await load(...args);
  loaded.browser.socket.accept();
  await settled();
  return loaded;
}

function eventsOf({ connection }: Awaited<ReturnType<typeof load>>): Event[] {
  const events: Event[] = [];
  for (const type of ['open', 'message', 'close', 'giveup']) {
    connection.addEventListener(type, (event) => events.push(event));
  }
  return events;
}

describe('connect', () => {
  it('dials once its script is done, and the session is claimed', async () => {
    const browser = new FakePages();
    const window = browser.tab().load();
    const connection = window.connect();
    expect(window.tab.storage.items.size).toBe(0);
    expect(connection.sessionId).toBeNull();
    await browser.run();
    expect(browser.sockets).toHaveLength(1);
    expect(connection.connectionSequence).toBe(1);
    expect(connection.connected).toBe(false);
    expect([...browser.locks.keys()]).toEqual([`wsdiag:${connection.sessionId}`]);
  });

  it('spends no number where it is closed at once, as StrictMode does', async () => {
    const browser = new FakePages();
    const window = browser.tab().load();
    window.connect().close();
    const connection = window.connect();
    await browser.run();
    expect(browser.sockets).toHaveLength(1);
    expect(connection.connectionSequence).toBe(1);
    expect(window.of('session_started')).toHaveLength(1);
    expect(window.of('document_loaded')).toHaveLength(1);
  });

  for (const locks of [true, false]) {
    it(`goes on in the same session after a close, ${locks ? 'with' : 'without'} locks`, async () => {
      const browser = new FakePages({ locks });
      const { window, connection } = await load({}, browser);
      await browser.run(200);
      browser.socket.accept();
      const { sessionId } = connection;
      connection.close();
      const next = window.connect();
      await browser.run(200);
      expect(next.sessionId).toBe(sessionId);
      expect(next.connectionSequence).toBe(2);
      // Closed while it claims, too.
      next.close();
      const last = window.connect();
      last.close();
      const very = window.connect();
      await browser.run(200);
      expect(very.sessionId).toBe(sessionId);
      expect(very.connectionSequence).toBe(3);
      expect(window.of('session_started')).toHaveLength(1);
    });
  }

  it('has a session for each of two connections of a page', async () => {
    const { browser, window, connection } = await open();
    const other = window.connect();
    await browser.run();
    expect(other.sessionId).not.toBe(connection.sessionId);
    expect(other.connectionSequence).toBe(1);
    expect(window.of('session_started').at(-1)).toMatchObject({
      reason: 'frame',
      parent_session_id: connection.sessionId,
    });
  });

  it('waits for the page that is rendered beforehand to be looked at', async () => {
    const browser = new FakePages();
    const window = browser.tab().load('prerender');
    window.document.prerendering = true;
    window.connect();
    await browser.run();
    expect(browser.sockets).toHaveLength(0);
    window.document.prerendering = false;
    window.document.dispatchEvent(new Event('prerenderingchange'));
    await browser.run();
    expect(browser.sockets).toHaveLength(1);
    expect(window.of('document_loaded')).toMatchObject([{ navigation: 'navigate' }]);
  });

  it('takes an address of the page’s own server, and leaves its query as it is', async () => {
    const browser = new FakePages();
    const window = browser.tab().load();
    connectIn(window.asPage, '../socket?a=%20b+c#part', { handshake: 'query' });
    await browser.run();
    expect(browser.socket.url.href).toMatch(
      /^ws:\/\/page\.test\/socket\?a=%20b\+c&version=1&session_id=[^#]*$/,
    );
  });

  it('throws at once for what is no address', () => {
    const window = new FakePages().tab().load();
    expect(() => connectIn(window.asPage, 'ws://', {})).toThrow(TypeError);
  });

  it('takes protocols and the type of binary messages', async () => {
    const { browser } = await load({ protocols: ['chat'], binaryType: 'arraybuffer' });
    expect(browser.socket.protocols).toEqual(['chat']);
    expect(browser.socket.binaryType).toBe('arraybuffer');
  });

  it('works in memory where the storage is blocked', async () => {
    const browser = new FakePages();
    const window = browser.tab().load();
    window.isStorageBlocked = true;
    const connection = window.connect();
    await browser.run(200);
    browser.socket.open();
    expect(browser.socket.hello).toMatchObject({ persistence: 'memory', connection_sequence: 1 });
    browser.socket.end();
    await browser.run(200);
    expect(connection.connectionSequence).toBe(2);
  });

  it('tries again where no socket can be made', async () => {
    const browser = new FakePages();
    const window = browser.tab().load();
    class Insecure {
      constructor() {
        throw new DOMException('insecure', 'SecurityError');
      }
    }
    Object.defineProperty(window, 'WebSocket', { value: Insecure });
    window.connect();
    await browser.run(150);
    expect(window.of('connection_failed')[0]?.error).toContain('insecure');
    expect(window.of('connection_attempt')).toHaveLength(2);
  });
});

describe('events', () => {
  it('tell of the welcome, of messages and of the end, and of no ping', async () => {
    const loaded = await load();
    const events = eventsOf(loaded);
    const { browser, connection } = loaded;
    const { socket } = browser;
    socket.open();
    await settled();
    expect(events).toEqual([]);
    socket.welcome();
    socket.receive('{"type":"ping"}');
    socket.receive('{ "type": "ping" }\n');
    socket.receive('{"type":"ping","n":1}');
    socket.receive(new ArrayBuffer(4));
    expect(connection.connected).toBe(true);
    socket.end(1012, 'restart', true);
    await settled();
    expect(events.map(({ type }) => type)).toEqual(['message', 'message', 'open', 'close']);
    expect((events[0] as MessageEvent).data).toBe('{"type":"ping","n":1}');
    expect((events[1] as MessageEvent).data).toBeInstanceOf(ArrayBuffer);
    expect(events[3]).toMatchObject({ code: 1012, reason: 'restart', wasClean: true });
    expect(connection.connected).toBe(false);
  });

  it('tell nothing of attempts that fail', async () => {
    const loaded = await load();
    const events = eventsOf(loaded);
    loaded.browser.socket.end();
    await settled();
    expect(events).toEqual([]);
  });

  it('find the connection ready to send', async () => {
    const { browser, connection } = await load();
    connection.addEventListener('open', () => connection.send('first'));
    browser.socket.accept();
    await settled();
    expect(browser.socket.sent[1]).toBe('first');
  });
});

describe('a message', () => {
  it('is sent as it is', async () => {
    const { browser, connection } = await open();
    const bytes = new Uint8Array([1, 2]);
    connection.send('text');
    connection.send(bytes);
    expect(browser.socket.sent.slice(1)).toEqual(['text', bytes]);
  });

  it('can’t be sent while there is no connection, and says so', async () => {
    const { browser, connection } = await load();
    const fails = () =>
      expect(() => connection.send('lost')).toThrow(
        expect.objectContaining({ name: 'InvalidStateError' }),
      );
    fails();
    browser.socket.open();
    fails();
    browser.socket.welcome();
    connection.send('kept');
    // The server's close has come, the page's event has not.
    browser.socket.readyState = 2;
    expect(connection.connected).toBe(false);
    fails();
    browser.socket.end();
    fails();
    expect(browser.sockets[0]?.sent.slice(1)).toEqual(['kept']);
  });

  it('of bytes before the welcome fails the attempt', async () => {
    const { browser, window } = await load();
    browser.socket.open();
    browser.socket.receive(new ArrayBuffer(1));
    await settled();
    expect(window.of('connection_failed')).toMatchObject([
      { error: 'no welcome: not a JSON object' },
    ]);
  });
});

describe('close', () => {
  it('is for good, and says what it is told to', async () => {
    const loaded = await open();
    const events = eventsOf(loaded);
    const { browser, window, connection } = loaded;
    connection.close(4001, 'enough');
    await browser.run(60_000);
    expect(browser.sockets).toHaveLength(1);
    expect(browser.nextAt).toBeNull();
    expect(browser.locks.size).toBe(0);
    expect(connection.connected).toBe(false);
    expect(window.lines.slice(-2)).toMatchObject([
      { event: 'document_unloaded', reason: 'close', connection_sequence: null },
      { event: 'connection_closed', close_code: 4001, close_reason: 'enough', was_clean: true },
    ]);
    expect(events).toMatchObject([{ type: 'close', code: 4001, reason: 'enough' }]);
    window.hide(false);
    expect(window.of('document_unloaded')).toHaveLength(1);
  });

  it('throws for a code that no page may send, and changes nothing', async () => {
    const { connection } = await open();
    expect(() => connection.close(1001)).toThrow(
      expect.objectContaining({ name: 'InvalidAccessError' }),
    );
    expect(connection.connected).toBe(true);
  });
});

describe('a close code of `stopOn`', () => {
  it('is for good, and the application hears of it', async () => {
    const loaded = await open({ stopOn: [4401] });
    const events = eventsOf(loaded);
    loaded.browser.socket.end(4401, 'token expired');
    await loaded.browser.run(60_000);
    expect(loaded.browser.sockets).toHaveLength(1);
    expect(events).toMatchObject([{ type: 'close', code: 4401 }, { type: 'giveup' }]);
    loaded.window.hide(false);
    expect(loaded.window.of('document_unloaded')).toMatchObject([{ reason: 'gave-up' }]);
  });
});

describe('a page that goes', () => {
  it('lets its session go, for the next one to have', async () => {
    const { browser, tab, window, connection } = await open();
    const { sessionId } = connection;
    tab.leave();
    const next = tab.load('reload');
    const again = next.connect();
    await browser.run();
    expect(again.sessionId).toBe(sessionId);
    expect(again.connectionSequence).toBe(2);
    await settled();
    expect(window.of('document_unloaded')).toMatchObject([
      { reason: 'pagehide', connection_sequence: 1, client_id: 'server-side-id' },
    ]);
    expect(next.of('document_loaded')).toMatchObject([{ navigation: 'reload' }]);
  });

  it('to the back/forward cache closes its socket and lets its lock go, and comes back', async () => {
    const loaded = await open();
    const events = eventsOf(loaded);
    const { browser, tab, window, connection } = loaded;
    const { sessionId } = connection;
    const closing = browser.socket;
    tab.leave(true);
    await browser.run();
    expect(closing.readyState).toBeGreaterThan(1);
    expect(browser.locks.size).toBe(0);
    expect(events).toMatchObject([{ type: 'close', code: 1000, reason: 'bfcache' }]);
    window.show();
    await browser.run();
    expect(connection.sessionId).toBe(sessionId);
    expect(connection.connectionSequence).toBe(2);
    expect(window.of('document_loaded').map(({ navigation }) => navigation)).toEqual([
      'navigate',
      'back_forward',
    ]);
  });

  it('comes back online where it went offline, and was asleep when the network returned', async () => {
    const { browser, tab, window } = await open();
    window.dispatchEvent(new Event('offline'));
    tab.leave(true);
    await browser.run(1000);
    window.show();
    await browser.run(1000);
    expect(browser.sockets).toHaveLength(2);
  });

  it('without a word is told of by the next one', async () => {
    const { browser, tab } = await open();
    tab.vanish();
    const next = tab.load('back_forward');
    next.connect();
    await browser.run();
    expect(next.of('document_unloaded')).toMatchObject([{ reason: 'vanished' }]);
    expect(next.of('connection_attempt')).toMatchObject([{ connection_sequence: 2 }]);
  });
});

describe('a page that is offline', () => {
  it('dials again once it is online', async () => {
    const { browser, window } = await open();
    window.dispatchEvent(new Event('offline'));
    await browser.run(1000);
    expect(browser.sockets).toHaveLength(1);
    window.dispatchEvent(new Event('online'));
    await browser.run(1000);
    expect(browser.sockets).toHaveLength(2);
  });
});

describe('a page that was frozen', () => {
  it('gives the server time to speak before it takes it for dead', async () => {
    const { browser, window } = await open({ heartbeatTimeoutMs: 1000 });
    await browser.run(999);
    window.document.dispatchEvent(new Event('resume'));
    await browser.run(999);
    expect(browser.sockets).toHaveLength(1);
    await browser.run(200);
    expect(browser.sockets).toHaveLength(2);
  });
});

describe('a duplicated tab', () => {
  it('has a session of its own', async () => {
    const { browser, tab, connection } = await open();
    const copy = tab.copy().load();
    const other = copy.connect();
    await browser.run(100);
    expect(other.sessionId).not.toBe(connection.sessionId);
    expect(copy.of('session_started')).toMatchObject([
      { reason: 'duplicate-tab', parent_session_id: connection.sessionId },
    ]);
  });
});

describe('frames', () => {
  it('have a session each, and take them up after a reload', async () => {
    const browser = new FakePages();
    const tab = browser.tab();
    const sessions = async () => {
      const top = tab.load();
      const connections = [top, new FakeWindow(tab, top), new FakeWindow(tab, top)].map((window) =>
        window.connect(),
      );
      await browser.run();
      return connections.map(({ sessionId }) => sessionId);
    };
    const first = await sessions();
    expect(new Set(first).size).toBe(3);
    tab.leave();
    expect(await sessions()).toEqual(first);
    expect(tab.storage.items.get(SESSION_ID_KEY)).toBe(first[0]);
    expect(tab.storage.items.get(`${SEQUENCE_KEY}:3`)).toBe('2');
  });
});

describe('the log', () => {
  it('has the time of each line', async () => {
    const browser = new FakePages();
    const window = browser.tab().load();
    const lines: unknown[] = [];
    window.connect({ log: (line) => lines.push(line) });
    await browser.run();
    await settled();
    expect(lines[0]).toMatchObject({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      event: 'session_started',
      reason: 'new',
    });
  });
});
