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

const OPEN =
  '0{"sid":"Yk1","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}';
const CHAT = { namespace: '/chat' };

describe('socket.io, against its own server', () => {
  it('follows every session through two losses', async () => {
    const protocol = '{ name: socket.io, namespace: /chat }';
    expectFollowed(await storm({ server: 'socket-io', protocol }));
  });

  itThoroughly('sends what its fields add', async () => {
    const protocol = `{ name: socket.io, namespace: /chat, fields: ${WITH_TOKEN} }`;
    const env = { TOKEN };
    expectFollowed(await storm({ server: 'socket-io', protocol, clients: 2, env }), 2);
  });

  it('tells why a namespace refuses it', async () => {
    const protocol = '{ name: socket.io, namespace: /chat }';
    const { code, out } = await storm({
      server: 'socket-io',
      protocol,
      clients: 1,
      settle: '1s',
      env: { TOKEN },
    });
    expect(code).not.toBe(0);
    expect(failuresOf(out)).toEqual(['connect_error: the token is wrong']);
  });

  itThoroughly('tells of a namespace that is not there', async () => {
    const protocol = '{ name: socket.io, namespace: /nowhere }';
    const { code, out } = await storm({ server: 'socket-io', protocol, clients: 1, settle: '1s' });
    expect(code).not.toBe(0);
    expect(failuresOf(out)).toEqual(['connect_error: Invalid namespace']);
  });
});

describe('what is said', () => {
  it('has the hello in the auth of the namespace', () => {
    const talk = conversation('socket.io', CHAT);
    expect(talk.query).toEqual([
      ['EIO', '4'],
      ['transport', 'websocket'],
    ]);
    expect(talk.opened()).toEqual({});
    expect(talk.received(OPEN)).toEqual({
      send: [
        '40/chat,{"session_id":"0f8fad5b-d9cb-469f-a165-70867728950e","connection_sequence":3}',
      ],
    });
    expect(talk.received('40/chat,{"sid":"wZX"}').welcome).toEqual({
      client_id: 'wZX',
      last_seen_sequence: 0,
      reconnect_token: null,
      ping_interval_ms: 22_500,
    });
  });

  it('answers pings, and passes over events and other namespaces', () => {
    const talk = conversation('socket.io');
    expect(talk.received(OPEN).send?.[0]).toMatch(/^40\{"session_id"/);
    expect(talk.received('2')).toEqual({ send: ['3'] });
    expect(talk.received('40/other,{"sid":"x"}')).toEqual({});
    expect(talk.received('40{"sid":"wZX"}').welcome?.client_id).toBe('wZX');
    const passedOver = ['42["hey"]', '451-["b",{"_placeholder":true,"num":0}]', Uint8Array.of(1)];
    for (const message of [...passedOver, '6', '42/other,["x"]']) {
      expect(talk.received(message)).toEqual({});
    }
    expect(talk.received('41')).toEqual({ failure: 'the server disconnected /' });
  });

  it('closes a connection that the server disconnects', async () => {
    const { log } = await dialled(protocolOf('socket.io'), (socket) => {
      for (const message of [OPEN, '40{"sid":"wZX"}', '41']) socket.send(message);
    });
    expect(await log.next('connection_closed')).toMatchObject({
      client_id: 'wZX',
      close_code: 1000,
    });
  });
});

describe('a server that is none', () => {
  it.each<[name: string, answers: (string | Uint8Array)[], reason: string]>([
    ['talks of something else', ['hello'], 'no Engine.IO handshake: "hello"'],
    ['sends bytes', [Uint8Array.of(0, 1, 2)], 'no Engine.IO handshake: 3 bytes'],
    [
      'says nothing in many words',
      ['0'.repeat(1_000_000)],
      `no Engine.IO handshake: "${'0'.repeat(60)}"`,
    ],
    ['has no interval', ['0{"sid":"x"}'], 'no Engine.IO handshake: "0{\\"sid\\":\\"x\\"}"'],
    ['connects first', ['40{"sid":"x"}'], 'no Engine.IO handshake: "40{\\"sid\\":\\"x\\"}"'],
    ['connects nobody', [OPEN, '40{}'], 'a CONNECT packet without a sid'],
    ['sends an event first', [OPEN, '42["x"]'], 'unexpected "42[\\"x\\"]"'],
    ['closes', [OPEN, '1'], 'the server closed the transport'],
    ['refuses without a word', [OPEN, '44'], 'connect_error: no reason given'],
    ['goes beyond every limit', ['0'.repeat(2_000_000)], 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'],
  ])('that %s is told of', async (_, answers, reason) => {
    expect(await failureAt(protocolOf('socket.io'), answers)).toBe(reason);
  });
});
