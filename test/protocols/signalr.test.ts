import { describe, expect, it } from 'vitest';
import { itThoroughly } from '../support/thorough.ts';
import {
  conversation,
  dialled,
  expectFollowed,
  failureAt,
  HELLO,
  protocolOf,
  storm,
} from './support.ts';

/** As the hub protocol's specification has them. */
const END = '\x1e';
const TAKEN = `{}${END}`;
const PING = `{"type":6}${END}`;
const CLOSED = `{"type":7,"error":"Connection closed because of an error!","allowReconnect":true}${END}`;

describe('signalr, by recorded frames', () => {
  it('has the hello in the query string, shakes hands and pings', () => {
    const talk = conversation('signalr', { fields: { access_token: 't' } });
    expect(talk.query).toEqual([
      ['session_id', HELLO.session_id],
      ['connection_sequence', '3'],
      ['access_token', 't'],
    ]);
    expect(talk.opened()).toEqual({ send: [`{"protocol":"json","version":1}${END}`] });
    expect(talk.received(TAKEN)).toEqual({
      welcome: {
        client_id: null,
        last_seen_sequence: 0,
        reconnect_token: null,
        ping_interval_ms: 15_000,
      },
      keepAlive: { everyMs: 15_000, message: PING },
    });
    const invocation = `{"type":1,"target":"Send","arguments":["hi"]}${END}`;
    expect(talk.received(PING + invocation)).toEqual({});
  });

  it('takes what comes with the answer, a goodbye too', () => {
    expect(conversation('signalr').received(TAKEN + PING).failure).toBe(undefined);
    const { welcome, failure } = conversation('signalr').received(TAKEN + CLOSED);
    expect(welcome).toBeDefined();
    expect(failure).toBe('closed by the hub: Connection closed because of an error!');
  });

  it('closes a connection that its hub closes', async () => {
    const { log } = await dialled(protocolOf('signalr'), (socket) => {
      socket.send(TAKEN);
      socket.send(CLOSED);
    });
    expect((await log.next('connection_closed')).close_code).toBe(1000);
  });

  itThoroughly('follows every session through two losses, on a small server of them', async () => {
    expectFollowed(await storm({ server: 'signalr', protocol: 'signalr', path: '/hub' }));
  });
});

describe('a server that is none', () => {
  it.each<[name: string, answers: (string | Uint8Array)[], reason: string]>([
    ['talks of something else', ['hello'], 'no handshake: "hello"'],
    ['leaves its record open', ['{}'], 'no handshake: "{}"'],
    ['sends bytes', [Uint8Array.of(0x7b, 0x7d, 0x1e)], 'no handshake: 3 bytes'],
    ['pings first', [PING], 'no handshake: "{\\"type\\":6}\\u001e"'],
    ['sends half a record', [`{}${END}{"a${END}`], 'no handshake: "{}\\u001e{\\"a\\u001e"'],
    [
      'refuses',
      [`{"error":"Requested protocol 'json' is not available."}${END}`],
      "handshake: Requested protocol 'json' is not available.",
    ],
  ])('that %s is told of', async (_, answers, reason) => {
    expect(await failureAt(protocolOf('signalr'), answers)).toBe(reason);
  });
});
