import * as z from 'zod';
import type { Hello } from '../core/handshake.ts';
import type { Conversation, Reaction } from '../core/protocol.ts';
import { fillIn, ofHello } from '../core/template.ts';
import { fields, line, sessionPairs, template } from './fields.ts';
import { quoted, takenBy } from './json.ts';
import { protocolKind } from './kind.ts';
import {
  type Answer,
  CONNACK,
  DISCONNECT,
  encodeConnect,
  type MqttVersion,
  type Packet,
  PacketReader,
  PINGREQ,
  PINGRESP,
  PUBLISH,
  readConnack,
  readDisconnect,
} from './mqtt-packets.ts';

const VERSIONS = ['3.1.1', 5] as const satisfies readonly MqttVersion[];
const KEEP_ALIVE = 'a whole number of seconds, from 0 to 65535';

const will = z.strictObject({
  topic: line.min(1, { error: 'a topic' }).describe('Where it is published.'),
  payload: template.default('').describe('What is published.'),
  qos: z
    .int({ error: '0, 1 or 2' })
    .min(0, { error: '0, 1 or 2' })
    .max(2, { error: '0, 1 or 2' })
    .default(0)
    .describe('How surely.'),
  retain: z.boolean().default(false).describe('Whether the broker keeps it.'),
});

const options = z.strictObject({
  version: z.literal(VERSIONS).default(5).describe('Of the protocol.'),
  client_id: line
    .min(1, { error: 'an id for the client' })
    .default(`\${session_id}`)
    .describe('By the same id, a broker lets a session’s next connection take its last one over.'),
  username: line
    .default(`\${connection_sequence}`)
    .describe('Where the number travels in 3.1.1, which has no user properties.'),
  password: template.optional().describe('Without: none is sent.'),
  keep_alive_seconds: z
    .int({ error: KEEP_ALIVE })
    .min(0, { error: KEEP_ALIVE })
    .max(0xffff, { error: KEEP_ALIVE })
    .default(60)
    .describe('A broker gives up who is silent for one and a half times as long; 0: nobody.'),
  will: will
    .optional()
    .describe('Published by the broker when the connection is lost: clients say no DISCONNECT.'),
  fields: fields.describe(
    'Sent besides `session_id` and `connection_sequence` as user properties, which only 5 has.',
  ),
});

type Options = z.output<typeof options>;

export const mqtt = protocolKind({
  summary:
    'MQTT 3.1.1 or 5; the session is the client id, the number the user name and a user property, CONNACK the welcome.',
  options,
  create: (options) => ({
    path: '/mqtt',
    subprotocols: ['mqtt'],
    converse: (hello) => converse(hello, options),
  }),
});

/** Share of the keep alive after which a ping is sent, so that it is there in time. */
const PING_AT = 0.75;
const NOTHING: Reaction = {};

function converse(hello: Hello, options: Options): Conversation {
  const reader = new PacketReader();
  let isWelcomed = false;
  const reactTo = (packet: Packet): Reaction => {
    if (isWelcomed) return behindWelcome(packet, options.version);
    const answer = packet.type === CONNACK ? readConnack(packet, options.version) : null;
    if (answer === null) return { failure: `no CONNACK, but a packet of type ${packet.type}` };
    if (answer.code !== 0) return { failure: `CONNACK: ${refusalIn(answer)}` };
    isWelcomed = true;
    return welcomedBy(answer.keepAliveSeconds ?? options.keep_alive_seconds);
  };
  return {
    query: [],
    opened: () => ({ send: [connectOf(hello, options)] }),
    received: (message) => {
      const packets = typeof message === 'string' ? null : reader.read(message);
      if (packets === null) return { failure: `no MQTT packet: ${quoted(message)}` };
      return Object.assign({}, ...packets.map(reactTo));
    },
  };
}

function connectOf(hello: Hello, options: Options): Uint8Array {
  const filled = (text: string) => fillIn(text, ofHello(hello));
  const { version, client_id, username, password, keep_alive_seconds, will, fields } = options;
  return encodeConnect({
    version,
    clientId: filled(client_id),
    keepAliveSeconds: keep_alive_seconds,
    username: filled(username),
    password: password === undefined ? undefined : filled(password),
    will: will && { ...will, topic: filled(will.topic), payload: filled(will.payload) },
    userProperties: sessionPairs(hello, fields),
  });
}

function welcomedBy(keepAliveSeconds: number): Reaction {
  if (keepAliveSeconds === 0) return { welcome: takenBy(null) };
  const everyMs = keepAliveSeconds * 1000 * PING_AT;
  return {
    welcome: takenBy(null, { ping_interval_ms: everyMs }),
    keepAlive: { everyMs, message: PINGREQ },
  };
}

function behindWelcome(packet: Packet, version: MqttVersion): Reaction {
  if (packet.type === PINGRESP || packet.type === PUBLISH) return NOTHING;
  const goodbye = version === 5 && packet.type === DISCONNECT ? readDisconnect(packet) : null;
  return {
    failure: goodbye
      ? `DISCONNECT: ${refusalIn(goodbye)}`
      : `unexpected packet of type ${packet.type}`,
  };
}

const refusalIn = ({ code, reason }: Answer): string =>
  `${REFUSALS[code] ?? `code ${code}`}${reason ? `: ${reason}` : ''}`;

/** MQTT 3.1.1, 3.2.2.3, and MQTT 5.0, 2.4. */
const REFUSALS: Record<number, string> = {
  0: 'normal disconnection',
  1: 'unacceptable protocol version',
  2: 'identifier rejected',
  3: 'server unavailable',
  4: 'bad user name or password',
  5: 'not authorized',
  128: 'unspecified error',
  129: 'malformed packet',
  130: 'protocol error',
  131: 'implementation specific error',
  132: 'unsupported protocol version',
  133: 'client identifier not valid',
  134: 'bad user name or password',
  135: 'not authorized',
  136: 'server unavailable',
  137: 'server busy',
  138: 'banned',
  139: 'server shutting down',
  140: 'bad authentication method',
  141: 'keep alive timeout',
  142: 'session taken over',
  144: 'topic name invalid',
  149: 'packet too large',
  151: 'quota exceeded',
  153: 'payload format invalid',
  154: 'retain not supported',
  155: 'QoS not supported',
  156: 'use another server',
  157: 'server moved',
  159: 'connection rate exceeded',
};
