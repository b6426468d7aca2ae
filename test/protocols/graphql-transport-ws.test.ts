import { describe, expect, it } from 'vitest';
import { itThoroughly } from '../support/thorough.ts';
import {
  conversation,
  dialled,
  expectFollowed,
  failureAt,
  failuresOf,
  protocolOf,
  storm,
  TOKEN,
  WITH_TOKEN,
} from './support.ts';

const NAME = 'graphql-transport-ws';

describe('graphql-transport-ws, against graphql-ws', () => {
  itThoroughly('follows every session through two losses', async () => {
    expectFollowed(await storm({ server: 'graphql-ws', protocol: NAME }));
  });

  itThoroughly('sends what its fields add, to the address that the target names', async () => {
    const protocol = `{ name: ${NAME}, fields: ${WITH_TOKEN} }`;
    const env = { TOKEN };
    const stormed = await storm({
      server: 'graphql-ws',
      protocol,
      clients: 2,
      path: '/graphql',
      env,
    });
    expectFollowed(stormed, 2);
  });

  it('tells why it is refused', async () => {
    const { code, out } = await storm({
      server: 'graphql-ws',
      protocol: NAME,
      clients: 1,
      settle: '1s',
      env: { TOKEN },
    });
    expect(code).not.toBe(0);
    expect(failuresOf(out)).toEqual(['closed with 4403 Forbidden']);
  });
});

describe('what is said', () => {
  it('begins with the hello, and answers pings on both sides of the welcome', () => {
    const talk = conversation(NAME);
    const payload = { session_id: '0f8fad5b-d9cb-469f-a165-70867728950e', connection_sequence: 3 };
    expect(talk.opened()).toEqual({ send: [JSON.stringify({ type: 'connection_init', payload })] });
    const pong = { send: ['{"type":"pong"}'] };
    expect(talk.received('{"type":"ping","payload":{"message":"keepalive"}}')).toEqual(pong);
    expect(talk.received('{"type":"pong"}')).toEqual({});
    expect(talk.received('{"type":"connection_ack"}').welcome?.client_id).toBe(null);
    expect(talk.received('{"type":"ping"}')).toEqual(pong);
    expect(talk.received('{"type":"next","id":"1","payload":{}}')).toEqual({});
  });

  it('hears of the connection where the acknowledgement tells', () => {
    const payload = { client_id: 17, last_seen_sequence: 2, reconnect_token: 'mJ0Uq' };
    const ack = JSON.stringify({ type: 'connection_ack', payload });
    expect(conversation(NAME).received(ack).welcome).toEqual({
      client_id: '17',
      last_seen_sequence: 2,
      reconnect_token: 'mJ0Uq',
      ping_interval_ms: null,
    });
  });
});

describe('a server that is none', () => {
  it.each<[name: string, answers: (string | Uint8Array)[], reason: string]>([
    ['talks of something else', ['hello'], 'no connection_ack: "hello"'],
    ['sends bytes', [Uint8Array.of(1, 2)], 'no connection_ack: 2 bytes'],
    ['sends a list', ['["connection_ack"]'], 'no connection_ack: "[\\"connection_ack\\"]"'],
    ['answers nobody first', ['{"type":"next"}'], 'no connection_ack: "{\\"type\\":\\"next\\"}"'],
    ['nests without end', ['['.repeat(100_000)], `no connection_ack: "${'['.repeat(60)}"`],
    ['goes beyond every limit', ['0'.repeat(2_000_000)], 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'],
  ])('that %s is told of', async (_, answers, reason) => {
    expect(await failureAt(protocolOf(NAME), answers)).toBe(reason);
  });

  it.each([
    [4400, 'a message that the server does not know'],
    [4408, 'connection_init came too late'],
    [4429, 'more than one connection_init'],
  ])('that closes with %d says what it means', async (code, meaning) => {
    const { log } = await dialled(protocolOf(NAME), (socket) => socket.close(code));
    expect((await log.next('connection_failed')).error).toBe(`closed with ${code} ${meaning}`);
  });
});
