import { describe, expect, it } from 'vitest';
import { against } from '../support/thorough.ts';
import {
  CLIENTS,
  conversation,
  expectFollowed,
  failureAt,
  failuresOf,
  HELLO,
  protocolOf,
  serverFile,
  stormOn,
  TOKEN,
  toldVersion,
  WITH_TOKEN,
} from './support.ts';

/** As Rails 8 writes them. */
const WELCOME = '{"type":"welcome"}';
const PING = '{"type":"ping","message":1764464400}';
const ROOM = { channel: 'RoomChannel' };
const IDENTIFIER = '"identifier":"{\\"channel\\":\\"RoomChannel\\"}"';
const CONFIRMED = `{${IDENTIFIER},"type":"confirm_subscription"}`;
const REJECTED = `{${IDENTIFIER},"type":"reject_subscription"}`;
const TAKEN = {
  welcome: {
    client_id: null,
    last_seen_sequence: 0,
    reconnect_token: null,
    ping_interval_ms: 3000,
  },
};

describe('action-cable, by recorded frames', () => {
  it('has the hello in the query string, and counts from the welcome', () => {
    const talk = conversation('action-cable', { fields: { token: 't' } });
    expect(talk.query).toEqual([
      ['session_id', HELLO.session_id],
      ['connection_sequence', '3'],
      ['token', 't'],
    ]);
    expect(protocolOf('action-cable').subprotocols).toEqual(['actioncable-v1-json']);
    expect(talk.opened()).toEqual({});
    expect(talk.received(PING)).toEqual({});
    expect(talk.received(WELCOME)).toEqual(TAKEN);
    expect(talk.received(PING)).toEqual({});
    expect(talk.received(`{${IDENTIFIER},"message":{"text":"hello"}}`)).toEqual({});
  });

  it('counts from the confirmation where a channel is named', () => {
    const talk = conversation('action-cable', ROOM);
    expect(talk.received(WELCOME)).toEqual({ send: [`{"command":"subscribe",${IDENTIFIER}}`] });
    expect(talk.received(PING)).toEqual({});
    expect(talk.received(CONFIRMED)).toEqual(TAKEN);
    expect(talk.received('{"type":"disconnect","reason":"remote","reconnect":true}')).toEqual({
      failure: 'disconnect: remote',
    });
  });
});

/** Null without puma, which serves it. */
const versionOfRails = () =>
  toldVersion('puma', '--version') &&
  toldVersion('ruby', '-e', 'require "action_cable"; print "version #{ActionCable.version}"');

const PUMA = `exec puma -e production -b "tcp://127.0.0.1:$PORT" "${serverFile('action-cable.ru')}"`;

/** Dropped twice. */
const cable = (options: string, clients: number, env: Record<string, string> = {}) =>
  stormOn({
    start: PUMA,
    protocol: `{ name: action-cable, ${options} }`,
    clients,
    path: '',
    settle: clients === 1 ? '1s' : '30s',
    log: 'stderr',
    env,
  });

against('Action Cable', versionOfRails, () => {
  it('follows every session through two losses', async () => {
    expectFollowed(await cable('channel: RoomChannel', CLIENTS));
  });

  it('takes a connection without a channel, and what its fields add', async () => {
    expectFollowed(await cable(`fields: ${WITH_TOKEN}`, 2, { TOKEN }), 2);
  });

  it.each([
    ['a client', '', { TOKEN }, 'disconnect: unauthorized'],
    ['a subscription', 'channel: ClosedChannel', {}, 'ClosedChannel rejected the subscription'],
  ])('tells that it refuses %s', async (_, options, env, reason) => {
    const { code, out } = await cable(options, 1, env);
    expect(code).not.toBe(0);
    expect(failuresOf(out)).toEqual([reason]);
  });
});

describe('a server that is none', () => {
  it.each<[name: string, answers: (string | Uint8Array)[], reason: string]>([
    ['talks of something else', ['hello'], 'no welcome: "hello"'],
    ['sends bytes', [Uint8Array.of(1)], 'no welcome: 1 bytes'],
    ['confirms first', [CONFIRMED], `no welcome: ${JSON.stringify(CONFIRMED.slice(0, 60))}`],
    ['welcomes twice', [WELCOME, WELCOME], `no welcome: ${JSON.stringify(WELCOME)}`],
    ['rejects the subscription', [WELCOME, REJECTED], 'RoomChannel rejected the subscription'],
    [
      'refuses',
      ['{"type":"disconnect","reason":"unauthorized","reconnect":false}'],
      'disconnect: unauthorized',
    ],
    ['refuses without a word', ['{"type":"disconnect"}'], 'disconnect: no reason given'],
  ])('that %s is told of', async (_, answers, reason) => {
    expect(await failureAt(protocolOf('action-cable', ROOM), answers)).toBe(reason);
  });
});
