import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Client } from '../../src/core/client.ts';
import { SEQUENCE_KEY, SESSION_ID_KEY, Sequence, TOKEN_KEY } from '../../src/core/sequence.ts';
import { type ClientSettings, DEFAULT_CLIENT_SETTINGS } from '../../src/core/settings.ts';
import { type ClientLine, FakeBrowser, FakeStorage } from '../support/fake-host.ts';
import { runs } from '../support/thorough.ts';

const BASE_MS = 100;

function open(
  settings: Partial<ClientSettings> = {},
  { browser = new FakeBrowser(), storage = new FakeStorage() } = {},
) {
  const host = browser.document(storage);
  const client = new Client(
    host,
    {
      ...DEFAULT_CLIENT_SETTINGS,
      backoff: { policy: 'fixed', baseMs: BASE_MS, maxMs: 60_000 },
      ...settings,
    },
    new Sequence(storage, host.randomUUID),
  );
  return { browser, storage, client };
}

/** A client that has loaded, and has dialled once. */
function load(...args: Parameters<typeof open>) {
  const opened = open(...args);
  opened.client.load('navigate');
  return opened;
}

/** A client that has been welcomed. */
function connect(...args: Parameters<typeof open>) {
  const loaded = load(...args);
  loaded.browser.socket.accept();
  return loaded;
}

const events = ({ lines }: FakeBrowser) => lines.map(({ event }) => event);

describe('a document', () => {
  it('takes its session, and dials, when it loads', () => {
    const { browser, client } = load();
    expect(browser.lines).toMatchObject([
      { event: 'session_started', reason: 'new', parent_session_id: null },
      { event: 'document_loaded', navigation: 'navigate' },
      { event: 'connection_attempt', connection_sequence: 1, delay_ms: 0, backoff_attempt: 0 },
    ]);
    const ids = browser.lines.map((line) => 'document_id' in line && line.document_id);
    expect(new Set(ids)).toEqual(new Set([client.documentId]));
    expect(browser.sockets).toHaveLength(1);
  });

  it('does nothing before it loads', () => {
    const { browser } = open();
    expect(browser.lines).toEqual([]);
    expect(browser.timers).toBe(0);
  });

  it('is of the same session, with the next number, after a refresh', () => {
    const { browser, storage, client } = connect();
    const { sessionId } = client;
    client.unload('reload');
    const next = open({}, { browser, storage });
    next.client.load('reload');
    expect(next.client.sessionId).toBe(sessionId);
    expect(next.client.documentId).not.toBe(client.documentId);
    expect(browser.of('connection_attempt').at(-1)).toMatchObject({
      session_id: sessionId,
      connection_sequence: 2,
      backoff_attempt: 0,
    });
  });

  it('forks where its session is alive in another tab', () => {
    const { browser, storage, client } = connect();
    const copy = open({}, { browser, storage: new FakeStorage(storage.items) });
    copy.client.load('navigate');
    expect(copy.client.sessionId).not.toBe(client.sessionId);
    expect(browser.of('session_started').at(-1)).toMatchObject({
      session_id: copy.client.sessionId,
      reason: 'duplicate-tab',
      parent_session_id: client.sessionId,
      document_id: copy.client.documentId,
    });
    expect(copy.client.connectionSequence).toBe(1);
    expect(browser.of('document_loaded').at(-1)?.session_id).toBe(copy.client.sessionId);
  });

  it('lets its session go when it goes, so that the next one has it', () => {
    const { browser, storage, client } = connect();
    client.unload('close');
    const restored = load({}, { browser, storage: new FakeStorage(storage.items) });
    expect(restored.client.sessionId).toBe(client.sessionId);
    expect(restored.client.connectionSequence).toBe(2);
  });

  it('waits for its claim, and dials once it has it', () => {
    const browser = new FakeBrowser();
    browser.deferClaims = true;
    const { client } = load({}, { browser });
    expect(browser.sockets).toEqual([]);
    client.goOffline();
    client.goOnline();
    browser.pass(60_000);
    expect(browser.sockets).toEqual([]);
    browser.decideClaims();
    expect(browser.sockets).toHaveLength(1);
    expect(client.connectionSequence).toBe(1);
  });

  it('dials nothing where the network went while it waited for its claim', () => {
    const browser = new FakeBrowser();
    const { client, storage } = connect({}, { browser });
    browser.deferClaims = true;
    storage.clear();
    browser.socket.end();
    browser.passToNext();
    client.goOffline();
    browser.decideClaims();
    browser.pass(60_000);
    expect(browser.sockets).toHaveLength(1);
    expect(storage.items.get(SEQUENCE_KEY)).toBe('0');
    client.goOnline();
    browser.passToNext();
    expect(browser.sockets).toHaveLength(2);
    expect(client.connectionSequence).toBe(1);
  });

  it('lets go of a claim that comes when it has gone', () => {
    const browser = new FakeBrowser();
    browser.deferClaims = true;
    const { client, storage } = load({}, { browser });
    client.unload('close');
    browser.decideClaims();
    expect(browser.sockets).toEqual([]);
    expect(events(browser)).toEqual(['session_started']);
    const next = load({}, { browser, storage });
    browser.decideClaims();
    expect(browser.of('session_started')).toHaveLength(1);
    expect(next.client.connectionSequence).toBe(1);
  });

  it('takes no number that went while it waited for its claim', () => {
    const browser = new FakeBrowser();
    const { client, storage } = connect({}, { browser });
    storage.items.set(SESSION_ID_KEY, 'T').set(SEQUENCE_KEY, '3');
    browser.deferClaims = true;
    browser.socket.end();
    browser.passToNext();
    // Another document spends a number of T, and goes.
    storage.items.set(SEQUENCE_KEY, '4');
    browser.decideClaims();
    expect(client.sessionId).toBe('T');
    expect(client.connectionSequence).toBe(5);
  });
});

describe('a dial', () => {
  it('comes after its number is spent', () => {
    const browser = new FakeBrowser();
    const onRecord: (string | undefined)[] = [];
    browser.onDial = ({ items }) => onRecord.push(items.get(SEQUENCE_KEY));
    load({}, { browser });
    for (let attempt = 0; attempt < 3; attempt++) {
      browser.socket.end({ error: 'ECONNREFUSED' });
      browser.passToNext();
    }
    expect(onRecord).toEqual(['1', '2', '3', '4']);
  });

  it('is one, whatever asks for it at once', () => {
    const { browser, client } = connect();
    browser.socket.end();
    client.goOffline();
    client.goOnline();
    client.goOnline();
    browser.pass(BASE_MS);
    browser.pass(60);
    client.goOnline();
    browser.pass(60);
    expect(browser.sockets).toHaveLength(2);
    expect(client.connectionSequence).toBe(2);
  });

  it('is not made by the timer of a document that has gone', () => {
    const { browser, client, storage } = connect();
    browser.socket.end();
    client.unload('reload');
    client.goOnline();
    const next = load({}, { browser, storage });
    browser.pass(BASE_MS * 10);
    expect(browser.sockets).toHaveLength(2);
    expect(next.client.connectionSequence).toBe(2);
  });

  it('sends the hello as its first frame, once it is open', () => {
    const { browser, client } = load();
    expect(browser.socket.sent).toEqual([]);
    browser.socket.open();
    expect(browser.socket.sent).toHaveLength(1);
    expect(browser.socket.query.size).toBe(0);
    expect(browser.socket.hello).toEqual({
      type: 'hello',
      version: 1,
      session_id: client.sessionId,
      connection_sequence: 1,
      document_id: client.documentId,
      persistence: 'session',
    });
  });

  it('has the hello in its query string, and sends none, where it is told to', () => {
    const { browser, client } = load({ handshake: 'query' });
    browser.socket.open();
    expect(browser.socket.sent).toEqual([]);
    expect(browser.socket.hello).toEqual({
      version: '1',
      session_id: client.sessionId,
      connection_sequence: '1',
      document_id: client.documentId,
      persistence: 'session',
    });
    browser.socket.welcome();
    expect(client.clientId).toBe('server-side-id');
  });

  it('says where the number is kept in memory only', () => {
    const storage = new FakeStorage();
    storage.throws = () => true;
    const { browser } = load({}, { storage });
    browser.socket.open();
    expect(browser.socket.hello).toMatchObject({ persistence: 'memory', connection_sequence: 1 });
  });

  it('begins a session where the storage was cleared in between', () => {
    const { browser, storage, client } = connect();
    const parent = client.sessionId;
    storage.clear();
    browser.socket.end();
    browser.passToNext();
    expect(browser.of('session_started').at(-1)).toMatchObject({
      reason: 'storage-cleared',
      parent_session_id: parent,
      session_id: client.sessionId,
    });
    expect(client.connectionSequence).toBe(1);
  });

  it('goes on in a session of its own where the storage can no longer be written', () => {
    const { browser, storage, client } = connect();
    const parent = client.sessionId;
    storage.throws = (operation) => operation !== 'get';
    browser.socket.end();
    browser.passToNext();
    expect(browser.of('session_started').at(-1)).toMatchObject({ parent_session_id: parent });
    expect(browser.of('connection_attempt').at(-1)).toMatchObject({
      session_id: client.sessionId,
      connection_sequence: 1,
    });
    expect(client.sessionId).not.toBe(parent);
    expect(browser.sockets).toHaveLength(2);
  });
});

describe('a welcome', () => {
  it('opens the connection, and names it', () => {
    const { browser, client } = connect();
    expect(browser.of('connection_opened')).toMatchObject([
      {
        session_id: client.sessionId,
        connection_sequence: 1,
        document_id: client.documentId,
        client_id: 'server-side-id',
      },
    ]);
  });

  it('counts once', () => {
    const { browser } = connect();
    browser.socket.welcome({ client_id: 'another-id', last_seen_sequence: 90 });
    expect(browser.of('connection_opened')).toHaveLength(1);
    expect(browser.of('sequence_advanced')).toEqual([]);
  });

  it('leaves what comes behind it to the application', () => {
    const { browser } = connect();
    browser.socket.receive('{"type":"chat"}');
    browser.socket.receive('not even JSON');
    expect(browser.socket.live).toBe(true);
  });

  const none: [text: string, problem: string][] = [
    ['garbage', 'not a JSON object'],
    ['', 'not a JSON object'],
    ['{}', 'type is not "welcome"'],
    ['{"type":"chat"}', 'type is "chat", not "welcome"'],
    ['{"type":"welcome","version":2,"client_id":"c"}', 'version is not 1'],
    [
      '{"type":"welcome","version":1,"client_id":"a:b"}',
      'client_id is not an id of 1 to 128 of A-Z a-z 0-9 . _ ~ -',
    ],
  ];
  for (const [text, problem] of none) {
    it(`is not ${JSON.stringify(text)}, which fails the attempt`, () => {
      const { browser } = load();
      browser.socket.open();
      browser.socket.receive(text);
      expect(browser.socket.letGo).toBe('abandoned');
      expect(browser.of('connection_failed')).toMatchObject([{ error: `no welcome: ${problem}` }]);
      browser.passToNext();
      expect(browser.sockets).toHaveLength(2);
    });
  }

  it('moves the number ahead to what the server has seen', () => {
    const storage = new FakeStorage();
    const { browser, client } = load({}, { storage });
    browser.socket.accept({ last_seen_sequence: 7 });
    expect(browser.of('sequence_advanced')).toMatchObject([
      { session_id: client.sessionId, connection_sequence: 7, last_seen_sequence: 7 },
    ]);
    expect(storage.items.get(SEQUENCE_KEY)).toBe('7');
    expect(client.connectionSequence).toBe(1);
    browser.socket.end();
    browser.passToNext();
    expect(client.connectionSequence).toBe(8);
  });

  it('moves nothing where the server has seen no more', () => {
    const { browser } = load();
    browser.socket.accept({ last_seen_sequence: 0 });
    expect(browser.of('sequence_advanced')).toEqual([]);
  });

  it('says where its number had been used before, though there is nothing to move', () => {
    const { browser } = load();
    browser.socket.accept({ last_seen_sequence: 1 });
    expect(browser.of('sequence_advanced')).toMatchObject([
      { connection_sequence: 1, last_seen_sequence: 1 },
    ]);
  });

  it('brings the token, which every later hello of the session has', () => {
    const { browser, storage, client } = load();
    browser.socket.accept({ reconnect_token: 'token' });
    browser.socket.end();
    browser.passToNext();
    browser.socket.accept();
    expect(browser.socket.hello.reconnect_token).toBe('token');
    client.unload('reload');
    load({}, { browser, storage });
    browser.socket.open();
    expect(browser.socket.hello.reconnect_token).toBe('token');
  });

  it('is got by the token that stood with the number, whatever is written before the socket opens', () => {
    const storage = new FakeStorage();
    const { browser, client } = load({}, { storage });
    browser.socket.accept({ reconnect_token: 'token' });
    client.unload('reload');
    load({}, { browser, storage });
    storage.items.set(TOKEN_KEY, 'of-another-document');
    browser.socket.open();
    expect(browser.socket.hello.reconnect_token).toBe('token');
  });

  it('is got without the token where the storage has a torn one', () => {
    const storage = new FakeStorage();
    const { browser, client } = load({}, { storage });
    browser.socket.accept({ reconnect_token: 'token' });
    client.unload('reload');
    storage.items.set(TOKEN_KEY, '\u0000');
    load({}, { browser, storage });
    browser.socket.open();
    expect(browser.socket.hello).not.toHaveProperty('reconnect_token');
  });
});

describe('a client that its page ends', () => {
  it('closes its connection as it is told to, dials no more, and logs how that ended', () => {
    const { browser, client } = connect();
    client.end(4000, 'enough');
    expect(browser.socket.closes).toEqual([{ code: 4000, reason: 'enough' }]);
    expect(browser.of('document_unloaded')).toMatchObject([
      { reason: 'close', connection_sequence: null, client_id: null },
    ]);
    browser.socket.end({ code: 4000, reason: 'enough', wasClean: true });
    expect(browser.of('connection_closed')).toMatchObject([
      { connection_sequence: 1, close_code: 4000, close_reason: 'enough' },
    ]);
    client.goOffline();
    client.goOnline();
    browser.pass(60_000);
    expect(browser.sockets).toHaveLength(1);
    expect(browser.timers).toBe(0);
  });

  it('leaves its session to the next one at once, and its own close line to the log', () => {
    const { browser, storage, client } = connect();
    const { sessionId } = client;
    const old = browser.socket;
    client.end(1000, '');
    const next = load({}, { browser, storage });
    expect(next.client.sessionId).toBe(sessionId);
    expect(next.client.connectionSequence).toBe(2);
    expect(browser.of('document_unloaded')).toHaveLength(1);
    old.end({ code: 1000, wasClean: true });
    expect(browser.of('connection_closed')).toMatchObject([{ connection_sequence: 1 }]);
    expect(next.client.connectionSequence).toBe(2);
  });

  it('says that an attempt failed which it ended', () => {
    const { browser, client } = load();
    client.end(1000, '');
    browser.socket.end({ error: 'closed before it opened' });
    expect(browser.of('connection_failed')).toMatchObject([{ connection_sequence: 1 }]);
    expect(browser.timers).toBe(0);
  });

  it('logs nothing before it has a session, nor twice', () => {
    const { browser, client } = open();
    client.end(1000, '');
    client.end(1000, '');
    client.unload('pagehide');
    client.load('navigate');
    expect(browser.of('document_unloaded')).toEqual([]);
    expect(browser.sockets).toEqual([]);
  });
});

describe('a time limit', () => {
  it('fails the attempt that has no welcome in time', () => {
    const { browser } = load({ connectTimeoutMs: 5000 });
    browser.pass(2000);
    browser.socket.open();
    browser.pass(2999);
    expect(browser.socket.live).toBe(true);
    browser.pass(1);
    expect(browser.socket.letGo).toBe('abandoned');
    expect(browser.of('connection_failed')).toMatchObject([
      { at: 5000, error: 'timeout', http_status: null },
    ]);
  });

  it('closes the connection that has no sign of the server in time', () => {
    const { browser } = connect({ heartbeatTimeoutMs: 3000 });
    browser.pass(2000);
    browser.socket.hear();
    browser.pass(2999);
    expect(browser.socket.live).toBe(true);
    browser.pass(1);
    expect(browser.socket.letGo).toBe('abandoned');
    expect(browser.of('connection_closed')).toMatchObject([
      { at: 5000, close_code: 1006, was_clean: false, close_reason: '', duration_seconds: 5 },
    ]);
  });

  it('is not set on a connection where there is no heartbeat', () => {
    const { browser } = connect({ heartbeatTimeoutMs: null });
    expect(browser.timers).toBe(0);
    browser.pass(1e9);
    expect(browser.socket.live).toBe(true);
  });

  it('is twice as long as the server’s messages are apart, where it is not set', () => {
    const { browser } = load();
    browser.socket.accept({ ping_interval_ms: 1500 });
    browser.pass(2999);
    browser.socket.receive('{"type":"ping"}');
    browser.pass(2999);
    expect(browser.socket.live).toBe(true);
    browser.pass(1);
    expect(browser.socket.letGo).toBe('abandoned');
    expect(browser.of('connection_closed')).toMatchObject([{ at: 5999, close_code: 1006 }]);
  });

  it('is as it is set, whatever the server says', () => {
    const { browser } = load({ heartbeatTimeoutMs: 10_000 });
    browser.socket.accept({ ping_interval_ms: 1500 });
    browser.pass(9999);
    expect(browser.socket.live).toBe(true);
    browser.pass(1);
    expect(browser.socket.letGo).toBe('abandoned');
  });

  it('leaves no timer behind', () => {
    const { browser, client } = connect();
    browser.socket.end();
    browser.passToNext();
    client.unload('close');
    expect(browser.timers).toBe(0);
  });
});

describe('the end of an attempt', () => {
  it('is a failure, with its reason, where there was no welcome', () => {
    const { browser, client } = load();
    browser.socket.end({ error: 'HTTP 503', httpStatus: 503 });
    expect(browser.of('connection_failed')).toMatchObject([
      {
        session_id: client.sessionId,
        connection_sequence: 1,
        document_id: client.documentId,
        error: 'HTTP 503',
        http_status: 503,
      },
    ]);
    expect(client.connectionSequence).toBeNull();
  });

  it('is a failure that names the close frame which came instead of a welcome', () => {
    const { browser } = load();
    browser.socket.open();
    browser.socket.end({ code: 1008, reason: 'hello-invalid', wasClean: true });
    expect(browser.of('connection_failed')).toMatchObject([
      { error: 'closed with 1008 hello-invalid' },
    ]);
  });

  it('is a close, with its code, where there was one', () => {
    const { browser, client } = connect();
    browser.pass(1234);
    browser.socket.end({ code: 1012, reason: 'restart', wasClean: true });
    expect(browser.of('connection_closed')).toMatchObject([
      {
        session_id: client.sessionId,
        connection_sequence: 1,
        document_id: client.documentId,
        client_id: 'server-side-id',
        close_code: 1012,
        close_reason: 'restart',
        was_clean: true,
        duration_seconds: 1.234,
      },
    ]);
    expect(client.clientId).toBeNull();
  });

  it("is the page's own close, after which it reconnects", () => {
    const { browser, client } = connect();
    client.close(4001, 'bye');
    expect(browser.socket.closes).toEqual([{ code: 4001, reason: 'bye' }]);
    expect(browser.of('connection_closed')).toEqual([]);
    browser.socket.end({ code: 4001, reason: 'bye', wasClean: true });
    expect(browser.of('connection_closed')).toMatchObject([{ close_code: 4001 }]);
    browser.passToNext();
    expect(client.connectionSequence).toBe(2);
  });

  it('is noted once, and nothing that an old socket says later counts', () => {
    const { browser, client } = load({ connectTimeoutMs: 5000 });
    const old = browser.socket;
    browser.pass(5000);
    browser.passToNext();
    const before = browser.lines.length;
    old.open();
    old.welcome({ client_id: 'late', last_seen_sequence: 50 });
    old.end({ code: 4409 }, true);
    expect(old.sent).toEqual([]);
    expect(browser.lines).toHaveLength(before);
    expect(client.clientId).toBeNull();
    browser.socket.accept();
    expect(client.clientId).toBe('server-side-id');
    old.end({}, true);
    expect(client.clientId).toBe('server-side-id');
  });

  it('is a fork where the server says that another has the session', () => {
    const { browser, client } = connect();
    const parent = client.sessionId;
    browser.socket.end({ code: 4409, reason: 'superseded', wasClean: true });
    const started = browser.of('session_started').at(-1);
    expect(started).toMatchObject({ reason: 'duplicate-tab', parent_session_id: parent });
    expect(browser.of('connection_closed')).toMatchObject([{ session_id: parent }]);
    // It is claimed by then: a copy of the tab would find it in the storage.
    expect(client.sessionId).toBe(started?.session_id);
    browser.passToNext();
    expect(client.sessionId).toBe(started?.session_id);
    expect(browser.of('connection_attempt').at(-1)).toMatchObject({
      session_id: started?.session_id,
      connection_sequence: 1,
    });
    browser.socket.open();
    expect(browser.socket.hello).not.toHaveProperty('reconnect_token');
  });
});

describe('the wait before the next dial', () => {
  const exponential = { policy: 'exponential', baseMs: 100, maxMs: 10_000 } as const;
  const failures = ({ browser }: { browser: FakeBrowser }) =>
    browser.of('connection_attempt').map((line) => [line.backoff_attempt, line.delay_ms]);

  it('grows with each failure in a row', () => {
    const loaded = load({ backoff: exponential });
    for (let failure = 0; failure < 4; failure++) {
      loaded.browser.socket.end({ error: 'ECONNREFUSED' });
      loaded.browser.passToNext();
    }
    expect(failures(loaded)).toEqual([
      [0, 0],
      [1, 100],
      [2, 200],
      [3, 400],
      [4, 800],
    ]);
  });

  it('is not the first again because of an open socket, nor of a welcome that soon is lost', () => {
    const loaded = load({ backoff: exponential, minUptimeMs: 1000 });
    for (let failure = 0; failure < 3; failure++) {
      loaded.browser.socket.accept();
      loaded.browser.pass(999);
      loaded.browser.socket.end();
      loaded.browser.passToNext();
    }
    expect(failures(loaded)).toEqual([
      [0, 0],
      [1, 100],
      [2, 200],
      [3, 400],
    ]);
  });

  it('is the first again where the connection has held after its welcome', () => {
    const loaded = load({ backoff: exponential, minUptimeMs: 1000 });
    const { browser, client } = loaded;
    for (let failure = 0; failure < 2; failure++) {
      browser.socket.end();
      browser.passToNext();
    }
    browser.socket.accept();
    browser.pass(1000);
    browser.socket.end();
    browser.passToNext();
    expect(failures(loaded).at(-1)).toEqual([1, 100]);
    expect(client.connectionSequence).toBe(4);
  });

  it.each([
    ['open', [1, 2, 1, 1]],
    ['welcome', [1, 2, 3, 1]],
    ['min_uptime', [1, 2, 3, 4]],
  ] as const)('is the first again by what `reset` says: %s', (reset, expected) => {
    const loaded = load({ backoff: exponential, minUptimeMs: 1000, reset });
    const { browser } = loaded;
    const steps = [() => {}, () => {}, () => browser.socket.open(), () => browser.socket.accept()];
    for (const step of steps) {
      step();
      browser.socket.end();
      browser.passToNext();
    }
    expect(failures(loaded).map(([failure]) => failure)).toEqual([0, ...expected]);
  });

  it('is as long as `waitOnMs` says for the close code, or longer', () => {
    const waitOnMs = { 1012: 50, 1013: 30_000, 1001: 0 };
    const { browser } = load({ waitOnMs });
    const waitAfter = (code: number) => {
      browser.socket.accept();
      browser.socket.end({ code });
      return browser.passToNext();
    };
    expect([1012, 1013, 1006, 1001].map(waitAfter)).toEqual([BASE_MS, 30_000, BASE_MS, BASE_MS]);
  });

  it('does not count the time before the welcome as uptime', () => {
    const loaded = load({ backoff: exponential, minUptimeMs: 1000 });
    loaded.browser.socket.end();
    loaded.browser.passToNext();
    loaded.browser.socket.open();
    loaded.browser.pass(4000);
    loaded.browser.socket.welcome();
    loaded.browser.socket.end();
    loaded.browser.passToNext();
    expect(failures(loaded).at(-1)).toEqual([2, 200]);
  });

  it("has the server's Retry-After as its floor, and its jitter above that", () => {
    const waits = Array.from({ length: 200 }, (_, seed) => {
      const backoff = { policy: 'full-jitter', baseMs: 1000, maxMs: 1000 } as const;
      const { browser } = load({ backoff }, { browser: new FakeBrowser(seed) });
      browser.socket.end({ httpStatus: 503, error: 'HTTP 503', retryAfterMs: 30_000 });
      return browser.passToNext();
    });
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(30_000);
    expect(Math.min(...waits)).toBeLessThan(30_100);
    expect(Math.max(...waits)).toBeGreaterThan(30_900);
    expect(Math.max(...waits)).toBeLessThan(31_000);
  });
});

describe('a close code to stop on', () => {
  const stopOn = [4401, 1008];

  it.each([
    ['of a connection', 4401, true],
    ['before the welcome', 1008, false],
  ])('ends the dialling for good: %s', (_, code, isWelcomed) => {
    const { browser, client } = load({ stopOn });
    browser.socket.open();
    if (isWelcomed) browser.socket.welcome();
    browser.socket.end({ code, wasClean: true });
    client.goOffline();
    client.goOnline();
    expect(browser.timers).toBe(0);
    expect(client.gaveUp).toBe(true);
    expect(browser.lines.at(-2)?.event).toBe(
      isWelcomed ? 'connection_closed' : 'connection_failed',
    );
    expect(browser.lines.at(-1)).toMatchObject({
      event: 'document_unloaded',
      session_id: client.sessionId,
      document_id: client.documentId,
      connection_sequence: null,
      client_id: null,
      reason: 'gave-up',
    });
  });

  it('is no other', () => {
    const { browser, client } = connect({ stopOn });
    browser.socket.end({ code: 4400 });
    browser.passToNext();
    expect(client.gaveUp).toBe(false);
    expect(client.connectionSequence).toBe(2);
  });

  it('is the last that is told of the page, and the next page goes on', () => {
    const { browser, storage, client } = connect({ stopOn });
    browser.socket.end({ code: 4401 });
    client.unload('reload');
    load({}, { browser, storage });
    const reasons = browser.of('document_unloaded').map(({ reason }) => reason);
    expect(reasons).toEqual(['gave-up']);
    expect(browser.of('connection_attempt').at(-1)).toMatchObject({
      session_id: client.sessionId,
      connection_sequence: 2,
    });
  });

  it('leaves the session the page’s, so that a copy of its tab makes one of its own', () => {
    const { browser, storage, client } = connect({ stopOn });
    browser.socket.end({ code: 4401 });
    const copy = load({}, { browser, storage: new FakeStorage(storage.items) });
    expect(copy.client.sessionId).not.toBe(client.sessionId);
  });

  it('counts no more for a page that comes back from the cache: it is a new one', () => {
    const { browser, client } = connect({ stopOn });
    browser.socket.end({ code: 4401 });
    client.unload('bfcache');
    client.show();
    expect(client.gaveUp).toBe(false);
    expect(client.connectionSequence).toBe(2);
  });
});

describe('the wait behind 1001', () => {
  const waitBehind = (code: number, baseMs = 0) => {
    const backoff = { policy: 'fixed', baseMs, maxMs: 60_000 } as const;
    const { browser } = connect({ backoff });
    browser.socket.end({ code });
    return browser.passToNext();
  };

  it('is long enough for a page that goes to be gone', () => {
    expect(waitBehind(1001)).toBe(250);
    expect(waitBehind(1000)).toBe(0);
  });

  it('is no longer than any other where the backoff is', () => {
    expect(waitBehind(1001, 900)).toBe(900);
  });

  it('spends no number where the page goes within it', () => {
    const { browser, client, storage } = connect();
    browser.socket.end({ code: 1001 });
    browser.pass(249);
    client.unload('reload');
    browser.pass(60_000);
    expect(storage.items.get(SEQUENCE_KEY)).toBe('1');
    expect(browser.of('document_unloaded')).toMatchObject([{ connection_sequence: null }]);
  });
});

describe('offline', () => {
  it('ends the connection, and neither dials nor spends a number', () => {
    const { browser, storage, client } = connect();
    client.goOffline();
    expect(browser.socket.letGo).toBe('abandoned');
    expect(browser.of('connection_closed')).toMatchObject([{ close_code: 1006, was_clean: false }]);
    browser.pass(3_600_000);
    expect(browser.sockets).toHaveLength(1);
    expect(storage.items.get(SEQUENCE_KEY)).toBe('1');
    client.goOnline();
    browser.pass(BASE_MS);
    expect(client.connectionSequence).toBe(2);
  });

  it('ends the dial under way', () => {
    const { browser, client } = load();
    client.goOffline();
    expect(browser.of('connection_failed')).toMatchObject([{ error: 'offline' }]);
    browser.pass(60_000);
    expect(browser.sockets).toHaveLength(1);
  });

  it('stops the timer for the next dial', () => {
    const { browser, client } = load();
    browser.socket.end();
    client.goOffline();
    browser.pass(60_000);
    expect(browser.sockets).toHaveLength(1);
  });

  it('is no failure: a page that loads offline dials as its first, once it is online', () => {
    const { browser, client, storage } = open();
    client.goOffline();
    client.load('navigate');
    browser.pass(60_000);
    expect(browser.sockets).toEqual([]);
    expect(storage.items.get(SEQUENCE_KEY)).toBe('0');
    client.goOnline();
    browser.passToNext();
    expect(browser.of('connection_attempt')).toMatchObject([
      { connection_sequence: 1, backoff_attempt: 0 },
    ]);
  });

  it('is no failure: coming and going of the network does not count up', () => {
    const { browser, client } = load();
    browser.socket.end({ error: 'ECONNREFUSED' });
    for (let flap = 0; flap < 5; flap++) {
      client.goOffline();
      client.goOnline();
    }
    browser.passToNext();
    expect(browser.of('connection_attempt').at(-1)).toMatchObject({
      connection_sequence: 2,
      backoff_attempt: 1,
    });
  });

  it("does not lift the server's Retry-After", () => {
    const { browser, client } = load();
    browser.socket.end({ httpStatus: 503, error: 'HTTP 503', retryAfterMs: 30_000 });
    browser.pass(1000);
    client.goOffline();
    browser.pass(1000);
    client.goOnline();
    browser.passToNext();
    expect(browser.now()).toBeGreaterThanOrEqual(30_000);
    expect(browser.sockets).toHaveLength(2);
  });
});

describe('a page that goes', () => {
  const gone = (browser: FakeBrowser) => browser.of('document_unloaded');

  it('leaves its open socket, and sees nothing of its close', () => {
    const { browser, client } = connect();
    client.unload('reload');
    expect(browser.socket.letGo).toBe('left');
    browser.socket.end({ code: 1001 }, true);
    expect(gone(browser)).toMatchObject([
      {
        session_id: client.sessionId,
        document_id: client.documentId,
        connection_sequence: 1,
        client_id: 'server-side-id',
        reason: 'reload',
      },
    ]);
    expect(browser.of('connection_closed')).toEqual([]);
    expect(browser.timers).toBe(0);
  });

  it('ends the dial under way with it', () => {
    const { browser, client } = load();
    client.unload('close');
    expect(gone(browser)).toMatchObject([{ connection_sequence: 1, client_id: null }]);
    expect(browser.of('connection_failed')).toEqual([]);
    expect(browser.socket.letGo).toBe('left');
  });

  it('ends the handshake under way with it', () => {
    const { browser, client } = load();
    browser.socket.open();
    client.unload('close');
    browser.socket.welcome();
    expect(gone(browser)).toMatchObject([{ connection_sequence: 1, client_id: null }]);
    expect(browser.of('connection_opened')).toEqual([]);
  });

  it('has no attempt to name between two dials', () => {
    const { browser, client } = load();
    browser.socket.end();
    client.unload('close');
    browser.pass(60_000);
    expect(gone(browser)).toMatchObject([{ connection_sequence: null, client_id: null }]);
    expect(browser.sockets).toHaveLength(1);
  });

  it('has no attempt to name while it is offline', () => {
    const { browser, client } = connect();
    client.goOffline();
    client.unload('close');
    client.goOnline();
    browser.pass(60_000);
    expect(gone(browser)).toMatchObject([{ connection_sequence: null }]);
    expect(browser.sockets).toHaveLength(1);
  });

  it('goes once', () => {
    const { browser, client } = connect();
    client.unload('reload');
    client.unload('end');
    expect(gone(browser)).toHaveLength(1);
  });

  it('says nothing where it never loaded', () => {
    const { browser, client } = open();
    client.unload('close');
    expect(browser.lines).toEqual([]);
  });

  it('does not hear its page close a socket afterwards', () => {
    const { browser, client } = connect();
    client.unload('close');
    client.close(4001, 'bye');
    expect(browser.socket.closes).toEqual([]);
  });
});

describe('a page that goes to the back/forward cache', () => {
  it('closes its connection, for it would look alive there', () => {
    const { browser, client } = connect();
    client.unload('bfcache');
    expect(browser.socket.closes).toEqual([{ code: 1000, reason: 'bfcache' }]);
    expect(browser.socket.letGo).toBeNull();
    browser.socket.end({ code: 1000, wasClean: true });
    expect(browser.of('document_unloaded')).toMatchObject([
      { connection_sequence: 1, client_id: 'server-side-id', reason: 'bfcache' },
    ]);
    expect(browser.of('connection_closed')).toEqual([]);
    browser.pass(60_000);
    expect(browser.sockets).toHaveLength(1);
  });

  it('is another document of its session when it is shown again', () => {
    const { browser, client } = connect();
    const { documentId, sessionId } = client;
    client.unload('bfcache');
    client.show();
    expect(client.documentId).not.toBe(documentId);
    expect(browser.of('document_loaded').at(-1)).toMatchObject({
      session_id: sessionId,
      document_id: client.documentId,
      navigation: 'back_forward',
    });
    expect(browser.of('connection_attempt').at(-1)).toMatchObject({
      session_id: sessionId,
      document_id: client.documentId,
      connection_sequence: 2,
    });
    expect(browser.of('document_unloaded')).toHaveLength(1);
  });

  it('finds itself a copy where another page has its session by then', () => {
    const { browser, storage, client } = connect();
    const { sessionId } = client;
    client.unload('bfcache');
    load({}, { browser, storage: new FakeStorage(storage.items) });
    client.show();
    expect(client.sessionId).not.toBe(sessionId);
    expect(browser.of('session_started').at(-1)).toMatchObject({
      reason: 'duplicate-tab',
      parent_session_id: sessionId,
    });
  });

  it('is not shown that is there', () => {
    const { browser, client } = connect();
    client.show();
    expect(browser.of('document_loaded')).toHaveLength(1);
    expect(browser.sockets).toHaveLength(1);
  });
});

describe('a page that vanishes', () => {
  it('says nothing, and leaves nothing behind', () => {
    const { browser, client } = connect();
    const said = browser.lines.length;
    client.vanish();
    browser.socket.end({ code: 1006 }, true);
    browser.pass(60_000);
    expect(browser.lines).toHaveLength(said);
    expect(browser.timers).toBe(0);
    expect(browser.sockets).toHaveLength(1);
  });

  it('is told of by the next one, before that one loads', () => {
    const { browser, storage, client } = connect();
    client.vanish();
    const next = load({}, { browser, storage }).client;
    expect(browser.lines.slice(-3)).toMatchObject([
      {
        event: 'document_unloaded',
        session_id: client.sessionId,
        document_id: client.documentId,
        connection_sequence: null,
        client_id: null,
        reason: 'vanished',
      },
      { event: 'document_loaded', document_id: next.documentId },
      { event: 'connection_attempt', connection_sequence: 2 },
    ]);
  });

  it('is told of once', () => {
    const { browser, storage, client } = connect();
    client.vanish();
    const next = load({}, { browser, storage }).client;
    browser.socket.accept();
    browser.socket.end();
    browser.passToNext();
    next.unload('reload');
    load({}, { browser, storage });
    const reasons = browser.of('document_unloaded').map(({ reason }) => reason);
    expect(reasons).toEqual(['vanished', 'reload']);
  });

  it('is not the page that said that it went', () => {
    const { browser, storage, client } = connect();
    client.unload('discard');
    load({}, { browser, storage });
    expect(browser.of('document_unloaded')).toMatchObject([{ reason: 'discard' }]);
  });
});

describe('any order of events', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('pass' as const), ms: fc.nat({ max: 8000 }) }),
    fc.record({
      kind: fc.constantFrom('open', 'welcome', 'garbage', 'hear', 'end', 'supersede', 'refuse'),
      /** Which socket, from the newest: late events of old ones are events too. */
      age: fc.nat({ max: 2 }),
    }),
    fc.record({
      kind: fc.constantFrom('offline', 'online', 'reload', 'close', 'clear', 'claims', 'full'),
    }),
  );
  const isEnd = ({ event }: ClientLine) =>
    event === 'connection_failed' || event === 'connection_closed';

  it('leaves one socket at a time, one end of each attempt, and no number used twice', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 50 }),
        fc.boolean(),
        fc.constantFrom('frame' as const, 'query' as const),
        fc.integer(),
        (steps, deferClaims, handshake, seed) => {
          const browser = new FakeBrowser(seed);
          browser.deferClaims = deferClaims;
          const storage = new FakeStorage();
          const backoff = { policy: 'full-jitter', baseMs: 500, maxMs: 4000 } as const;
          const settings = { handshake, backoff, heartbeatTimeoutMs: 6000 };
          let { client } = load(settings, { browser, storage });
          let online = true;
          const check = () => {
            const live = browser.sockets.filter((socket) => socket.live);
            expect(live.length).toBeLessThanOrEqual(1);
            if (!online) expect(live).toEqual([]);
            expect(client.connectionSequence === null).toBe(live.length === 0);
            // No more timers than: one for the attempt, or one for the next.
            expect(browser.timers).toBeLessThanOrEqual(1);
          };

          for (const step of steps) {
            const age = 'age' in step ? step.age : 0;
            const socket = browser.sockets.at(-1 - age);
            switch (step.kind) {
              case 'pass':
                browser.pass((step as { ms: number }).ms);
                break;
              case 'open':
                socket?.open();
                break;
              case 'welcome':
                socket?.welcome({ reconnect_token: 'token' });
                break;
              case 'garbage':
                socket?.receive('garbage');
                break;
              case 'hear':
                socket?.hear();
                break;
              case 'end':
                socket?.end({}, true);
                break;
              case 'supersede':
                socket?.end({ code: 4409, wasClean: true }, true);
                break;
              case 'refuse':
                socket?.end({ error: 'HTTP 503', httpStatus: 503, retryAfterMs: 2000 }, true);
                break;
              case 'offline':
                online = false;
                client.goOffline();
                break;
              case 'online':
                online = true;
                client.goOnline();
                break;
              case 'reload':
                client.unload('reload');
                ({ client } = open(settings, { browser, storage }));
                if (!online) client.goOffline();
                client.load('reload');
                break;
              case 'close':
                client.close(4001, 'bye');
                break;
              case 'clear':
                storage.clear();
                break;
              case 'full':
                storage.throws = (operation) => operation === 'set';
                break;
              case 'claims':
                browser.decideClaims();
                break;
            }
            check();
          }

          // Heal everything: it comes back.
          client.goOnline();
          for (let tries = 0; tries < 10 && client.connectionSequence === null; tries++) {
            browser.decideClaims();
            if (browser.timers > 0) browser.passToNext();
          }
          if (client.clientId === null) browser.socket.accept();
          expect(client.clientId).toBe('server-side-id');
          client.unload('end');
          expect(browser.timers).toBe(0);

          const key = (line: ClientLine) =>
            'connection_sequence' in line ? `${line.session_id} ${line.connection_sequence}` : '';
          const attempts = browser.of('connection_attempt').map(key);
          const ends = browser.lines
            .filter((line) => isEnd(line) || line.event === 'document_unloaded')
            .map(key)
            .filter((end) => !end.endsWith(' null'));
          expect(new Set(attempts).size).toBe(attempts.length);
          expect([...ends].sort()).toEqual([...attempts].sort());
          // An attempt ends before the next begins.
          let underWay: string | null = null;
          for (const line of browser.lines) {
            if (line.event === 'connection_attempt') {
              expect(underWay).toBeNull();
              underWay = key(line);
            } else if (isEnd(line) || line.event === 'document_unloaded') {
              if (key(line).endsWith(' null')) expect(underWay).toBeNull();
              else expect(key(line)).toBe(underWay);
              underWay = null;
            } else if (line.event === 'connection_opened') {
              expect(key(line)).toBe(underWay);
            }
          }
        },
      ),
      { numRuns: runs(2000) },
    );
  });
});
