import { describe, expect, it } from 'vitest';
import { type DialEvents, type SocketEvents, socketEnd } from '../../src/core/host.ts';
import type { Protocol, Reaction } from '../../src/core/protocol.ts';
import type { WireSocket } from '../../src/core/tab.ts';
import { TalkingSocket } from '../../src/core/talking-socket.ts';
import { custom } from '../../src/protocols/custom.ts';
import { FakeClock, uuid } from '../support/fake-host.ts';

const HELLO = {
  session_id: uuid(1),
  connection_sequence: 1,
  document_id: uuid(2),
  persistence: 'session',
  reconnect_token: null,
} as const;
const WELCOME = {
  client_id: 'c',
  last_seen_sequence: 0,
  reconnect_token: null,
  ping_interval_ms: null,
};

/** A talk in which each message is the reaction that it wants, in JSON. */
function talk(more: Partial<Protocol> = {}) {
  const clock = new FakeClock();
  const did: unknown[] = [];
  const note =
    (name: string) =>
    (...args: unknown[]) => {
      did.push([name, ...args]);
    };
  let server: SocketEvents | undefined;
  const socket = new TalkingSocket(
    {
      converse: () => ({
        query: [['v', '1']],
        opened: () => ({ send: ['hi'] }),
        received: (message) => JSON.parse(message as string) as Reaction,
      }),
      ...more,
    },
    clock,
    (request, events) => {
      note('dial')(request.query);
      server = events;
      const wire = { send: note('send'), close: note('close'), abandon: note('abandon') };
      return wire as unknown as WireSocket;
    },
    { query: [], hello: HELLO },
    {
      welcomed: note('welcomed'),
      failed: note('failed'),
      ended: note('ended'),
      heard: () => {},
    } as unknown as DialEvents,
  );
  const hears = (reaction: Reaction) => server?.received(JSON.stringify(reaction));
  return { clock, did, socket, hears, server: server as SocketEvents };
}

describe('a socket that talks a protocol', () => {
  it('dials with its query, and speaks first', () => {
    const { did, server } = talk();
    server.opened();
    expect(did).toEqual([
      ['dial', [['v', '1']]],
      ['send', 'hi'],
    ]);
  });

  it('is welcomed once, and says what keeps it alive until it is given up', () => {
    const { did, hears, clock, socket } = talk();
    hears({ welcome: WELCOME, keepAlive: { everyMs: 100, message: 'ping' } });
    hears({ welcome: WELCOME });
    clock.pass(250);
    socket.abandon();
    clock.pass(1000);
    hears({ send: ['late'] });
    expect(did.slice(1)).toEqual([
      ['welcomed', WELCOME],
      ['send', 'ping'],
      ['send', 'ping'],
      ['abandon'],
    ]);
    expect(clock.timers).toBe(0);
  });

  it('fails before the welcome, and closes behind it, with the reason in few words', () => {
    const before = talk();
    before.hears({ failure: 'x'.repeat(1000) });
    before.hears({ failure: 'again' });
    expect(before.did.slice(1)).toEqual([['failed', 'x'.repeat(200)]]);
    const behind = talk();
    behind.hears({ welcome: WELCOME });
    behind.hears({ failure: '€'.repeat(1000) });
    expect(behind.did.slice(2)).toEqual([['close', 1000, '€'.repeat(41)]]);
  });

  it('says what a code means that refuses it, where its server does not', () => {
    const closeCodes = { 4403: 'forbidden' };
    const errorOf = (code: number, reason: string, isWelcomed = false) => {
      const { did, hears, server } = talk({ closeCodes });
      if (isWelcomed) hears({ welcome: WELCOME });
      server.ended(socketEnd(code, { reason, wasClean: true }));
      const [, end] = did.at(-1) as [string, { error: string | null }];
      return end.error;
    };
    expect(errorOf(4403, '')).toBe('closed with 4403 forbidden');
    expect(errorOf(4403, 'no')).toBe('closed with 4403 no');
    expect(errorOf(1011, '')).toBe(null);
    expect(errorOf(4403, '', true)).toBe(null);
  });
});

describe('a welcome that is waited for in vain', () => {
  const TOKEN = 'a-secret';
  const match = { type: 'ready', 'data.ok': true };
  const missing: [first: string | Uint8Array, missed: string][] = [
    [`{"type":"motd","token":"${TOKEN}"}`, 'had type "motd"; its keys: type, token'],
    [`{"kind":"${TOKEN}"}`, 'had no type; its keys: kind'],
    [`{"type":{"is":"${TOKEN}"}}`, 'had type that is no simple value; its keys: type'],
    [`{"type":7}`, 'had type 7; its keys: type'],
    ['[1]', 'was JSON, but no object'],
    [TOKEN, 'was no JSON'],
    [Uint8Array.of(1, 2), 'was 2 bytes'],
  ];

  it.each(missing)('is told by what came first: %s', (first, missed) => {
    const { server, socket } = talk(custom({ welcome: { match } }));
    expect(socket.missed).toBeUndefined();
    server.received(first as string);
    server.received('{"type":"later"}');
    expect(socket.missed).toBe(`timeout: no message had type "ready"; the first ${missed}`);
  });

  it('is told by what it lacks, and no longer once it came', () => {
    const { server, socket } = talk(custom({ welcome: { match } }));
    server.received('{"type":"ready","data":{"ok":false}}');
    expect(socket.missed).toBe(
      'timeout: no message had data.ok true; the first had data.ok false; its keys: type, data',
    );
    server.received('{"type":"ready","data":{"ok":true}}');
    expect(socket.missed).toBeUndefined();
  });

  it('is told of at no length', () => {
    const { server, socket } = talk(custom({ welcome: { match } }));
    const keys = Array.from({ length: 1000 }, (_, at) => [`${'k'.repeat(1000)}${at}`, 1]);
    server.received(JSON.stringify(Object.fromEntries(keys)));
    expect(socket.missed).toHaveLength(200);
  });
});
