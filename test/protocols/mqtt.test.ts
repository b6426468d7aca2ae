import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { freePort, runDirectoryIn } from '../support/cli.ts';
import { against, itThoroughly } from '../support/thorough.ts';
import { temporaryDirectory } from '../support/world.ts';
import {
  CLIENTS,
  conversation,
  dialled,
  expectBack,
  expectFollowed,
  expectOneByOne,
  failureAt,
  failuresOf,
  HELLO,
  numbersSeen,
  protocolOf,
  storm,
  stormOn,
  TOKEN,
  toldVersion,
} from './support.ts';

/** Aedes knows 3.1.1 alone. */
const THREE = { version: '3.1.1' } as const;
const PROTOCOL = '{ name: mqtt, version: 3.1.1, keep_alive_seconds: 2 }';
const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));

describe('mqtt, against aedes', () => {
  itThoroughly('follows every session through two losses', async () => {
    expectFollowed(await storm({ server: 'aedes', protocol: PROTOCOL }));
  });

  itThoroughly('lets a session take its half-open connection over', async () => {
    const stormed = await storm({
      server: 'aedes',
      protocol: '{ name: mqtt, version: 3.1.1 }',
      clients: 2,
      timeline: [
        '{ at: 1500ms, fault: drop, how: silent }',
        '{ at: 1800ms, fault: refresh, within: 0s }',
      ],
    });
    expect(stormed.code, stormed.stdout + stormed.stderr).toBe(0);
    const run = runDirectoryIn(stormed.out);
    expect([...numbersSeen(run).values()]).toEqual([
      [1, 2],
      [1, 2],
    ]);
    // Long before anybody's keep alive is over.
    expect(stormed.stdout).toContain('2 × 1006');
  });

  it('tells why it is refused', async () => {
    const stormed = { server: 'aedes', protocol: PROTOCOL, clients: 1, settle: '1s' };
    const { code, out } = await storm({ ...stormed, env: { TOKEN } });
    expect(code).not.toBe(0);
    expect(failuresOf(out)).toEqual(['CONNACK: bad user name or password']);
  });

  itThoroughly('sends a password from the environment', async () => {
    const protocol = `{ name: mqtt, version: 3.1.1, password: '\${env.TOKEN}' }`;
    expectFollowed(await storm({ server: 'aedes', protocol, clients: 2, env: { TOKEN } }), 2);
  });
});

/** Numbers by session, out of mosquitto's own log: the user name is the number. */
function numbersIn(log: string): Map<string, number[]> {
  const seen = new Map<string, number[]>();
  for (const [, id = '', number] of log.matchAll(/ as (\S+) \(p\d, c1, k\d+, u'(\d+)'\)/g)) {
    seen.set(id, [...(seen.get(id) ?? []), Number(number)]);
  }
  return seen;
}

// Its help begins with its version.
against(
  'mosquitto',
  () => toldVersion('mosquitto', '-h'),
  () => {
    it.each(['3.1.1', '5'])('version %s is followed through two losses', async (version) => {
      const port = await freePort();
      // With websockets alone, version 2.0.11 ends at once.
      const other = await freePort();
      const directory = temporaryDirectory();
      const config = path.join(directory, 'mosquitto.conf');
      const will = `{ topic: 'lost/\${session_id}', payload: '\${connection_sequence}', qos: 1 }`;
      const logFile = path.join(directory, 'mosquitto.log');
      fs.writeFileSync(
        config,
        `user ${os.userInfo().username}\nallow_anonymous true\nlog_dest file ${logFile}\n` +
          `listener ${other} 127.0.0.1\nlistener ${port} 127.0.0.1\nprotocol websockets\n`,
      );
      // When a client goes, its log does not say which of the client's connections went.
      const stormed = await stormOn({
        start: `exec mosquitto -c "${config}"`,
        protocol: `{ name: mqtt, version: ${version}, keep_alive_seconds: 2, will: ${will} }`,
        clients: CLIENTS,
        path: '',
        port,
      });
      expectBack(stormed);
      expectOneByOne(numbersIn(fs.readFileSync(logFile, 'utf8')));
    });
  },
);

describe('what is said', () => {
  it('has the session in the client id, and the number in the user name', () => {
    const id = Buffer.from(HELLO.session_id).toString('hex');
    expect(conversation('mqtt', THREE).opened().send).toEqual([
      bytes(`1033${'00044d515454'}0482003c${`0024${id}`}000133`),
    ]);
  });

  it('has both in user properties too, and a will, in version 5', () => {
    const will = { topic: 'lost', payload: 'gone', qos: 1, retain: true };
    const [connect] = conversation('mqtt', { will, password: 'p' }).opened().send ?? [];
    const hex = Buffer.from(connect as Uint8Array).toString('hex');
    const pair = (name: string, value: string) =>
      `26${[name, value].map((text) => `${text.length.toString(16).padStart(4, '0')}${Buffer.from(text).toString('hex')}`).join('')}`;
    const properties = pair('session_id', HELLO.session_id) + pair('connection_sequence', '3');
    const size = (properties.length / 2).toString(16);
    expect(hex).toContain(`00044d51545405ee003c${size}${properties}0024`);
    expect(hex).toMatch(/0000046c6f73740004676f6e65000133000170$/);
  });

  it('is welcomed by CONNACK, in as many pieces as it comes', () => {
    const talk = conversation('mqtt', THREE);
    expect(talk.received(bytes('20'))).toEqual({});
    expect(talk.received(bytes('0200'))).toEqual({});
    expect(talk.received(bytes('00d0'))).toEqual({
      welcome: {
        client_id: null,
        last_seen_sequence: 0,
        reconnect_token: null,
        ping_interval_ms: 45_000,
      },
      keepAlive: { everyMs: 45_000, message: bytes('c000') },
    });
    expect(talk.received(bytes('00d000'))).toEqual({});
  });

  it('keeps to the keep alive that the server names, or to none', () => {
    const connack = bytes('2009000006 22000a 130014'.replaceAll(' ', ''));
    const named = conversation('mqtt').received(connack);
    expect(named.keepAlive?.everyMs).toBe(15_000);
    const none = conversation('mqtt', { keep_alive_seconds: 0 }).received(bytes('2003000000'));
    expect(none.keepAlive).toBe(undefined);
    expect(none.welcome).toBeDefined();
  });

  it('closes a connection that the server ends, with its reason', async () => {
    const { log } = await dialled(protocolOf('mqtt'), (socket) => {
      socket.send(bytes('2003000000'));
      socket.send(bytes('e0028e00'));
    });
    expect(await log.next('connection_closed')).toMatchObject({ close_code: 1000 });
  });

  it('tells what such an end means', () => {
    const talk = conversation('mqtt');
    talk.received(bytes('2003000000'));
    expect(talk.received(bytes('e0028e00')).failure).toBe('DISCONNECT: session taken over');
    expect(talk.received(bytes('10 00'.replace(' ', ''))).failure).toBe(
      'unexpected packet of type 1',
    );
  });
});

describe('a server that is none', () => {
  it.each<[name: string, answers: (string | Uint8Array)[], reason: string]>([
    ['talks', ['hello'], 'no MQTT packet: "hello"'],
    ['has no length', [bytes('20ffffffffff')], 'no MQTT packet: 6 bytes'],
    ['promises too much', [bytes('20ffffff7f')], 'no MQTT packet: 5 bytes'],
    ['publishes first', [bytes('30050001610000')], 'no CONNACK, but a packet of type 3'],
    ['has half a CONNACK', [bytes('200100')], 'no CONNACK, but a packet of type 2'],
    ['has flags', [bytes('2103000000')], 'no CONNACK, but a packet of type 2'],
    ['lies of its properties', [bytes('200500000513ff')], 'no CONNACK, but a packet of type 2'],
    ['has unknown properties', [bytes('20050000027f00')], 'no CONNACK, but a packet of type 2'],
    ['knows 3.1.1 alone', [bytes('20020001')], 'CONNACK: unacceptable protocol version'],
    ['refuses', [bytes('2003008700')], 'CONNACK: not authorized'],
    ['refuses with words', [bytes('20080089051f00026e6f')], 'CONNACK: server busy: no'],
  ])('that %s is told of', async (_, answers, reason) => {
    expect(await failureAt(protocolOf('mqtt'), answers)).toBe(reason);
  });
});
