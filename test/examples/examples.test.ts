import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { Server } from 'socket.io';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { DEFAULT_SERVER_SETTINGS } from '../../src/core/settings.ts';
import { ReferenceServer } from '../../src/real/server.ts';
import { FakeStorage } from '../support/fake-host.ts';
import { MemoryLog, type ServerLine } from '../support/world.ts';

interface Example {
  connect(
    url: string,
    options: object,
  ): {
    socket: { close(): void };
    sequence: { sessionId: string; close(): void };
  };
}

const load = (name: string): Promise<Example> =>
  import(path.join(import.meta.dirname, '../../examples', name, 'socket.js'));

/** What Node has no own of; each is put back. */
const globals = { WebSocket, sessionStorage: new FakeStorage() };
const before = Object.keys(globals).map(
  (name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const,
);

beforeAll(() => {
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
});

afterAll(() => {
  for (const [name, property] of before) {
    if (property) Object.defineProperty(globalThis, name, property);
    else delete (globalThis as Record<string, unknown>)[name];
  }
});

describe.each(['partysocket', 'reconnecting-websocket'])('beside %s', (name) => {
  it('each attempt has its number, through a lost connection and a reload', async () => {
    globals.sessionStorage.clear();
    const { connect } = await load(name);
    const log = new MemoryLog<ServerLine>();
    const server = new ReferenceServer(
      { host: '127.0.0.1', port: 0, settings: DEFAULT_SERVER_SETTINGS, secret: 'secret' },
      { ...log, write: log.write, flush: () => {}, close: () => {} },
    );
    const { url } = await server.start();
    onTestFinished(() => server.stop());
    const options = { minReconnectionDelay: 10, maxReconnectionDelay: 20 };
    const first = connect(url, options);
    const opened = await log.next('connection_opened', { connection_sequence: 1 });
    // Its welcome has come, with the token.
    await expect.poll(() => globals.sessionStorage.items.has('ws_reconnect_token')).toBe(true);
    server.closeSessions([opened.session_id], 1012, 'restart');
    await log.next('connection_opened', { connection_sequence: 2, session_verified: true });
    first.socket.close();
    first.sequence.close();
    const second = connect(url, options);
    await log.next('connection_opened', { connection_sequence: 3, session_verified: true });
    second.socket.close();
    second.sequence.close();
    expect(new Set(log.of('connection_opened').map((line) => line.session_id)).size).toBe(1);
  });
});

describe('beside socket.io-client', () => {
  it('each connection has its number, and hears how far the server is', async () => {
    globals.sessionStorage.clear();
    const { connect } = await load('socket.io-client');
    const http = createServer();
    const server = new Server(http);
    const hellos: Record<string, unknown>[] = [];
    server.on('connection', (socket) => {
      hellos.push(socket.handshake.auth);
      const last_seen_sequence = hellos.length === 2 ? 6 : 0;
      socket.emit('welcome', {
        type: 'welcome',
        version: 1,
        client_id: socket.id,
        last_seen_sequence,
        reconnect_token: 'token',
      });
      if (hellos.length < 3) setTimeout(() => socket.conn.close(), 50);
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => server.close());
    const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    const options = { transports: ['websocket'], reconnectionDelay: 10 };
    const { socket, sequence } = connect(url, options);
    await expect.poll(() => hellos.length, { timeout: 20_000 }).toBe(3);
    socket.close();
    sequence.close();
    expect(hellos.map((hello) => hello.connection_sequence)).toEqual([1, 2, 7]);
    expect(hellos.map((hello) => hello.reconnect_token)).toEqual([undefined, 'token', 'token']);
    expect(new Set(hellos.map((hello) => hello.session_id)).size).toBe(1);
  });
});
