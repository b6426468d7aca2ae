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

const LOBBY = { topic: 'room:lobby' };
/** As Phoenix 1.8 writes them. */
const JOINED = '["1","1","room:lobby","phx_reply",{"response":{},"status":"ok"}]';
const BEATEN = '[null,"2","phoenix","phx_reply",{"response":{},"status":"ok"}]';

const reply = (response: unknown) =>
  JSON.stringify(['1', '1', 'room:lobby', 'phx_reply', { response, status: 'error' }]);

describe('phoenix, by recorded frames', () => {
  it('joins with the hello, and keeps the socket alive', () => {
    const talk = conversation('phoenix', LOBBY);
    expect(talk.query).toEqual([['vsn', '2.0.0']]);
    const { session_id, connection_sequence } = HELLO;
    const payload = JSON.stringify({ session_id, connection_sequence });
    expect(talk.opened()).toEqual({ send: [`["1","1","room:lobby","phx_join",${payload}]`] });
    expect(talk.received(JOINED)).toEqual({
      welcome: {
        client_id: null,
        last_seen_sequence: 0,
        reconnect_token: null,
        ping_interval_ms: 30_000,
      },
      keepAlive: { everyMs: 30_000, message: '[null,"2","phoenix","heartbeat",{}]' },
    });
    const further = [BEATEN, '["1",null,"room:lobby","new_msg",{"body":"hi"}]', Uint8Array.of(0)];
    for (const message of further) expect(talk.received(message)).toEqual({});
  });

  it('hears of the connection where the reply tells', () => {
    const told = JOINED.replace('{}', '{"client_id":"c-1","last_seen_sequence":2}');
    const { welcome } = conversation('phoenix', LOBBY).received(told);
    expect(welcome).toMatchObject({ client_id: 'c-1', last_seen_sequence: 2 });
  });

  it('closes a connection whose channel goes', async () => {
    const { log } = await dialled(protocolOf('phoenix', LOBBY), (socket) => {
      socket.send(JOINED);
      socket.send('["1","1","room:lobby","phx_close",{}]');
    });
    expect((await log.next('connection_closed')).close_code).toBe(1000);
  });

  itThoroughly('follows every session through two losses, on a small server of them', async () => {
    expectFollowed(
      await storm({ server: 'phoenix', protocol: '{ name: phoenix, topic: "room:lobby" }' }),
    );
  });
});

describe('a server that is none', () => {
  it.each<[name: string, answers: (string | Uint8Array)[], reason: string]>([
    ['talks of something else', ['hello'], 'no reply to phx_join: "hello"'],
    ['sends a map', ['{"topic":"x"}'], 'no reply to phx_join: "{\\"topic\\":\\"x\\"}"'],
    ['answers with no status', [JOINED.replace('"ok"', '{}')], 'phx_join: {}'],
    ['refuses', [reply({ reason: 'unauthorized' })], 'phx_join: unauthorized'],
    ['refuses in its own words', [reply({ code: 7 })], 'phx_join: {"code":7}'],
    ['refuses without a word', [reply(null)], 'phx_join: no reason given'],
    ['crashes', ['["1","1","room:lobby","phx_error",{}]'], 'phx_error: room:lobby'],
  ])('that %s is told of', async (_, answers, reason) => {
    expect(await failureAt(protocolOf('phoenix', LOBBY), answers)).toBe(reason);
  });
});
