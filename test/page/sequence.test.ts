import { describe, expect, it } from 'vitest';
import { SEQUENCE_KEY, SESSION_ID_KEY } from '../../src/core/sequence.ts';
import { ConnectionSequence } from '../../src/page/sequence.ts';
import { FakePages, type FakeTab, FakeWindow, settled } from './fake-page.ts';

const welcome = (fields: object) => ({ type: 'welcome', version: 1, client_id: 'c', ...fields });

/** `wsdiag/sequence`, whose names the build has made shorter. */
const built = await import('wsdiag/sequence');

describe.each([
  ['as written', ConnectionSequence],
  ['as pages load it', built.ConnectionSequence as unknown as typeof ConnectionSequence],
])('a sequence %s', (_, Kind) => {
  const of = (window: FakeWindow) => new Kind(window.asPage);

  async function open(browser = new FakePages(), tab: FakeTab = browser.tab()) {
    const window = tab.load();
    const sequence = of(window);
    await browser.run(100);
    await sequence.ready();
    return { browser, tab, window, sequence };
  }

  it('spends a number for each attempt, as fields or in the address', async () => {
    const { sequence, tab } = await open();
    expect(sequence.next()).toEqual({
      version: 1,
      session_id: sequence.sessionId,
      connection_sequence: 1,
      document_id: expect.any(String),
      persistence: 'session',
    });
    const url = new URL(sequence.url('wss://server.test/socket?room=1'));
    expect(Object.fromEntries(url.searchParams)).toEqual({
      room: '1',
      version: '1',
      session_id: sequence.sessionId,
      connection_sequence: '2',
      document_id: sequence.next().document_id,
      persistence: 'session',
    });
    expect(tab.storage.items.get(SEQUENCE_KEY)).toBe('3');
  });

  it('goes on in the next document of its tab', async () => {
    const { browser, tab, sequence } = await open();
    sequence.next();
    const { sessionId } = sequence;
    tab.leave();
    const again = await open(browser, tab);
    expect(again.sequence.sessionId).toBe(sessionId);
    expect(again.sequence.next().connection_sequence).toBe(2);
  });

  it('is another in a duplicated tab', async () => {
    const { browser, tab, sequence } = await open();
    sequence.next();
    const copy = await open(browser, tab.copy());
    expect(copy.sequence.sessionId).not.toBe(sequence.sessionId);
    expect(copy.sequence.next().connection_sequence).toBe(1);
  });

  it('gives numbers before its session is claimed, of the one that the storage has', async () => {
    const { browser, tab, sequence } = await open();
    sequence.next();
    const early = of(tab.copy().load());
    expect(early.next()).toMatchObject({
      session_id: sequence.sessionId,
      connection_sequence: 2,
    });
    await browser.run(100);
    expect(early.next().session_id).not.toBe(sequence.sessionId);
  });

  it('takes the token, and how far the server has seen the session', async () => {
    const { sequence } = await open();
    sequence.next();
    const text = JSON.stringify(welcome({ reconnect_token: 'token', last_seen_sequence: 7 }));
    expect(sequence.welcomed(text)).toBe(true);
    expect(sequence.next()).toMatchObject({ reconnect_token: 'token', connection_sequence: 8 });
    expect(sequence.welcomed(welcome({ last_seen_sequence: 9 }))).toBe(true);
    expect(sequence.next().connection_sequence).toBe(10);
  });

  it('knows a welcome from anything else', async () => {
    const { sequence } = await open();
    for (const message of ['hello', '{}', {}, null, undefined, 1, new ArrayBuffer(1)]) {
      expect(sequence.welcomed(message)).toBe(false);
    }
  });

  it('leaves the session to who superseded it', async () => {
    const { browser, sequence } = await open();
    const { sessionId } = sequence;
    sequence.next();
    sequence.superseded();
    await browser.run(100);
    expect([...browser.locks.keys()]).toEqual([`wsdiag:${sequence.sessionId}`]);
    expect(sequence.sessionId).not.toBe(sessionId);
    expect(sequence.next().connection_sequence).toBe(1);
  });

  it('comes back from the back/forward cache as another document, where it was', async () => {
    const { browser, tab, window, sequence } = await open();
    const before = sequence.next();
    tab.leave(true);
    await browser.run();
    expect(browser.locks.size).toBe(0);
    window.show();
    await browser.run(100);
    const after = sequence.next();
    expect(after.session_id).toBe(before.session_id);
    expect(after.connection_sequence).toBe(2);
    expect(after.document_id).not.toBe(before.document_id);
  });

  it('finds a session of its own where a copy has taken its while it was away', async () => {
    const { browser, tab, window, sequence } = await open();
    const { session_id } = sequence.next();
    tab.leave(true);
    const copy = await open(browser, tab.copy());
    expect(copy.sequence.next()).toMatchObject({ session_id, connection_sequence: 2 });
    window.show();
    await browser.run(100);
    await sequence.ready();
    expect(sequence.next().session_id).not.toBe(session_id);
  });

  it('has a session of its own in each frame', async () => {
    const browser = new FakePages();
    const tab = browser.tab();
    const top = tab.load();
    const sequences = [of(top), of(new FakeWindow(tab, top)), of(new FakeWindow(tab, top))];
    await browser.run(100);
    const ids = sequences.map((sequence) => sequence.next().session_id);
    expect(new Set(ids).size).toBe(3);
  });

  it('leaves its session to the next of its page when it is closed', async () => {
    const { browser, window, sequence } = await open();
    const { session_id } = sequence.next();
    sequence.close();
    const next = of(window);
    await browser.run(100);
    await next.ready();
    expect(next.next()).toMatchObject({ session_id, connection_sequence: 2 });
  });

  it('claims nothing where it is closed in the same breath', async () => {
    const browser = new FakePages();
    const tab = browser.tab();
    const sequence = of(tab.load());
    sequence.close();
    await browser.run(100);
    await sequence.ready();
    expect(browser.locks.size).toBe(0);
    expect(tab.storage.items.size).toBe(0);
  });

  it('stays closed where its page comes back from the back/forward cache', async () => {
    const { browser, tab, window, sequence } = await open();
    sequence.close();
    tab.leave(true);
    window.show();
    await browser.run(100);
    expect(sequence.sessionId).toBeNull();
    expect(browser.locks.size).toBe(0);
  });

  it('claims what is stored anew where the storage was cleared', async () => {
    const { browser, tab, sequence } = await open();
    sequence.next();
    tab.storage.clear();
    const { session_id } = sequence.next();
    await browser.run(100);
    expect([...browser.locks.keys()]).toEqual([`wsdiag:${session_id}`]);
    expect(tab.storage.items.get(SESSION_ID_KEY)).toBe(session_id);
  });

  it('counts in memory where the storage is blocked', async () => {
    const browser = new FakePages();
    const window = browser.tab().load();
    window.isStorageBlocked = true;
    const sequence = of(window);
    await browser.run(100);
    await settled();
    expect(sequence.next()).toMatchObject({ persistence: 'memory', connection_sequence: 1 });
    expect(sequence.next()).toMatchObject({ persistence: 'memory', connection_sequence: 2 });
  });
});
