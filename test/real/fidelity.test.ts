import { describe, expect, it } from 'vitest';
import type { ClientAs } from '../../src/core/habits.ts';
import type { ServerEvents } from '../../src/core/records.ts';
import { startConnected } from '../support/world.ts';

/** What each side sees: the rows measured with a real browser against a `ws` server. */
describe('what each side sees', () => {
  for (const how of ['fin', 'rst'] as const) {
    it(`is 1006 at both ends when the wire is cut with a ${how}`, async () => {
      const { tab, clientLog, serverLog } = await startConnected();
      tab.cut(how);
      expect(await clientLog.next('connection_closed')).toMatchObject({
        connection_sequence: 1,
        close_code: 1006,
        close_reason: '',
        was_clean: false,
      });
      expect(await serverLog.next('connection_closed')).toMatchObject({
        connection_sequence: 1,
        close_code: 1006,
        was_clean: false,
        closed_by: 'network',
      });
    });
  }

  it('is nothing at the page and 1001 at the server for a reload', async () => {
    const { tab, clientLog, serverLog } = await startConnected();
    tab.reload();
    expect(await serverLog.next('connection_closed')).toMatchObject({
      connection_sequence: 1,
      close_code: 1001,
      close_reason: '',
      closed_by: 'peer',
    });
    await clientLog.next('connection_opened', { connection_sequence: 2 });
    expect(clientLog.of('connection_closed')).toEqual([]);
    expect(clientLog.of('document_unloaded')).toMatchObject([
      { connection_sequence: 1, reason: 'reload' },
    ]);
  });

  it('is nothing at the page and 1001 at the server for a closed tab', async () => {
    const { tab, clientLog, serverLog } = await startConnected();
    tab.closeTab();
    expect(await serverLog.next('connection_closed')).toMatchObject({ close_code: 1001 });
    expect(clientLog.of('connection_closed')).toEqual([]);
    expect(clientLog.of('connection_attempt')).toHaveLength(1);
  });

  it('is the code and reason at both ends when the server closes', async () => {
    const { server, clientLog, serverLog, session_id } = await startConnected();
    server.closeSessions([session_id], 1012, 'restart');
    expect(await clientLog.next('connection_closed')).toMatchObject({
      close_code: 1012,
      close_reason: 'restart',
      was_clean: true,
    });
    expect(await serverLog.next('connection_closed')).toMatchObject({
      close_code: 1012,
      closed_by: 'server',
    });
  });

  it('is the code and reason at both ends when the page closes', async () => {
    const { tab, clientLog, serverLog } = await startConnected();
    tab.close(4001, 'bye');
    expect(await clientLog.next('connection_closed')).toMatchObject({
      close_code: 4001,
      was_clean: true,
    });
    expect(await serverLog.next('connection_closed')).toMatchObject({
      close_code: 4001,
      close_reason: 'bye',
      was_clean: true,
      closed_by: 'peer',
    });
  });

  it('is a session of its own for a duplicated tab, from 1, with its parent named', async () => {
    const { tab, clientLog, serverLog, session_id } = await startConnected();
    tab.duplicate();
    const started = await clientLog.next('session_started', { reason: 'duplicate-tab' });
    expect(started.parent_session_id).toBe(session_id);
    const opened = await serverLog.next('connection_opened', { session_id: started.session_id });
    expect(opened.connection_sequence).toBe(1);
    expect(serverLog.of('connection_closed')).toEqual([]);
  });

  it('is 1006 by each heartbeat alone when the wire is cut silently', async () => {
    const { tab, clientLog, serverLog } = await startConnected({
      client: {
        heartbeatTimeoutMs: 150,
        backoff: { policy: 'fixed', baseMs: 60_000, maxMs: 60_000 },
      },
      server: { heartbeatIntervalMs: 40, heartbeatTimeoutMs: 500 },
    });
    tab.cut('silent');
    const closed = await clientLog.next('connection_closed');
    expect(closed).toMatchObject({ close_code: 1006, was_clean: false });
    expect(serverLog.of('connection_closed')).toEqual([]);
    expect(await serverLog.next('connection_closed')).toMatchObject({
      close_code: 1006,
      closed_by: 'heartbeat',
    });
  });

  it('is a half-open connection that its successor supersedes', async () => {
    const { tab, clientLog, serverLog } = await startConnected({
      client: { heartbeatTimeoutMs: 150 },
      server: { heartbeatIntervalMs: 40, heartbeatTimeoutMs: 60_000 },
    });
    tab.cut('silent');
    await clientLog.next('connection_opened', { connection_sequence: 2 });
    expect(await serverLog.next('connection_closed')).toMatchObject({
      connection_sequence: 1,
      close_code: 1006,
      closed_by: 'superseded',
    });
    const events = serverLog.lines.map(({ event }) => event);
    expect(events.indexOf('connection_closed')).toBeGreaterThan(
      events.lastIndexOf('connection_opened'),
    );
  });

  it('is 1006 at the page, and half-open at the server, when the browser goes offline', async () => {
    const { tab, clientLog, serverLog } = await startConnected({
      server: { heartbeatIntervalMs: 40, heartbeatTimeoutMs: 200 },
    });
    tab.setOnline(false);
    expect(clientLog.of('connection_closed')).toMatchObject([{ close_code: 1006 }]);
    expect(await serverLog.next('connection_closed')).toMatchObject({ closed_by: 'heartbeat' });
    expect(clientLog.of('connection_attempt')).toHaveLength(1);
    tab.setOnline(true);
    await clientLog.next('connection_opened', { connection_sequence: 2 });
  });
});

/** Measured in docs/fidelity.md. */
const OF_BROWSERS: {
  as: ClientAs;
  discarded: string[];
  closed: string[];
  killed: Partial<ServerEvents['connection_closed']>;
  crashed: Partial<ServerEvents['connection_closed']>;
  revived: string;
}[] = [
  {
    as: 'chromium',
    discarded: ['vanished'],
    closed: ['close'],
    killed: { close_code: 1001, closed_by: 'peer' },
    crashed: { close_code: 1001, close_reason: '', closed_by: 'peer' },
    revived: 'reload',
  },
  {
    as: 'firefox',
    discarded: ['discard', 'vanished'],
    closed: ['close', 'vanished'],
    killed: { close_code: 1006, closed_by: 'network' },
    crashed: { close_code: 1001, close_reason: 'Child was killed', closed_by: 'peer' },
    revived: 'back_forward',
  },
  {
    as: 'node',
    discarded: ['discard'],
    closed: ['close'],
    killed: { close_code: 1006, closed_by: 'network' },
    crashed: { close_code: 1006, closed_by: 'network' },
    revived: 'navigate',
  },
];

for (const { as, discarded, closed, killed, crashed, revived } of OF_BROWSERS) {
  describe(`what each side sees of ${as}`, () => {
    it(`is a page that went as "${discarded}" where it was discarded`, async () => {
      const { tab, clientLog, serverLog } = await startConnected({ as });
      tab.discard();
      expect(await serverLog.next('connection_closed')).toMatchObject({ close_code: 1001 });
      tab.reopen();
      await clientLog.next('connection_opened', { connection_sequence: 2 });
      expect(clientLog.of('document_unloaded').map(({ reason }) => reason)).toEqual(discarded);
      expect(clientLog.of('document_loaded')[1]).toMatchObject({ navigation: 'back_forward' });
    });

    it(`is a page that went as "${closed}" where its tab was closed and opened again`, async () => {
      const { tab, clientLog } = await startConnected({ as });
      tab.closeTab(true);
      tab.reopen();
      await clientLog.next('connection_opened', { connection_sequence: 2 });
      expect(clientLog.of('document_unloaded').map(({ reason }) => reason)).toEqual(closed);
    });

    it(`is ${crashed.close_code} at the server where the page crashes, then "${revived}"`, async () => {
      const { tab, clientLog, serverLog } = await startConnected({ as });
      tab.crash();
      expect(await serverLog.next('connection_closed')).toMatchObject(crashed);
      tab.revive();
      await clientLog.next('connection_opened', { connection_sequence: 2 });
      expect(clientLog.of('document_unloaded')).toMatchObject([{ reason: 'vanished' }]);
      expect(clientLog.of('document_loaded')[1]).toMatchObject({ navigation: revived });
    });

    it(`is ${killed.close_code} at the server where the browser is killed`, async () => {
      const { tab, clientLog, serverLog } = await startConnected({ as });
      tab.restore(0);
      expect(await serverLog.next('connection_closed')).toMatchObject(killed);
      await clientLog.next('connection_opened', { connection_sequence: 2 });
      expect(clientLog.of('document_loaded')[1]).toMatchObject({ navigation: 'back_forward' });
    });

    it('is a copy out of a history entry for Duplicate Tab, and none for `window.open`', async () => {
      const { tab, clientLog } = await startConnected({ as });
      tab.duplicate();
      tab.duplicate('navigate');
      expect(clientLog.of('document_loaded').map(({ navigation }) => navigation)).toEqual([
        'navigate',
        'back_forward',
        'navigate',
      ]);
    });
  });
}

describe.each(['chromium', 'firefox'] as const)('a link that was down under %s', (as) => {
  it('lets the close of what the page gave up through once it is back', async () => {
    const { tab, clientLog, serverLog } = await startConnected({
      as,
      client: { backoff: { policy: 'fixed', baseMs: 1000, maxMs: 1000 } },
    });
    tab.setOnline(false);
    await clientLog.next('connection_closed', { close_code: 1006 });
    expect(serverLog.of('connection_closed')).toEqual([]);
    tab.setOnline(true);
    expect(await serverLog.next('connection_closed')).toMatchObject({
      close_code: 1005,
      closed_by: 'peer',
    });
  });
});
