import * as z from 'zod';
import type { Conversation, Message, Reaction } from '../core/protocol.ts';
import { fields, sessionFields } from './fields.ts';
import { isMap, parseJson, quoted, saidIn, takenBy } from './json.ts';
import { protocolKind } from './kind.ts';

/** Phoenix channels, serializer 2.0.0: `[join_ref, ref, topic, event, payload]`. */

/** As phoenix.js has it. */
const HEARTBEAT_MS = 30_000;
const JOIN_REF = '1';
const HEARTBEAT = JSON.stringify([null, '2', 'phoenix', 'heartbeat', {}]);
const NOTHING: Reaction = {};

export const phoenix = protocolKind({
  summary: 'The fields are the payload of `phx_join`, and the reply `ok` is the welcome.',
  options: z.strictObject({
    topic: z
      .string({ error: 'a topic, such as room:lobby' })
      .min(1, { error: 'a topic, such as room:lobby' })
      .describe('What is joined.'),
    fields,
  }),
  create: ({ topic, fields }) => ({
    path: '/socket/websocket',
    converse: (hello) => converse(topic, sessionFields(hello, fields)),
  }),
});

function converse(topic: string, payload: Record<string, string | number>): Conversation {
  let isWelcomed = false;
  const replied = (reply: unknown): Reaction => {
    const { status, response } = isMap(reply) ? reply : {};
    if (status !== 'ok') return { failure: `phx_join: ${refusalIn(response)}` };
    isWelcomed = true;
    return {
      welcome: takenBy(response, { ping_interval_ms: HEARTBEAT_MS }),
      keepAlive: { everyMs: HEARTBEAT_MS, message: HEARTBEAT },
    };
  };
  return {
    query: [['vsn', '2.0.0']],
    opened: () => ({ send: [JSON.stringify([JOIN_REF, JOIN_REF, topic, 'phx_join', payload])] }),
    received: (message) => {
      // Those of bytes are the application's.
      const push = typeof message === 'string' ? parseJson(message) : [];
      if (!Array.isArray(push)) return isWelcomed ? NOTHING : noReply(message);
      const [, ref, of, event, answer] = push;
      if (of !== topic) return NOTHING;
      if (event === 'phx_error' || event === 'phx_close') return { failure: `${event}: ${topic}` };
      if (event === 'phx_reply' && ref === JOIN_REF && !isWelcomed) return replied(answer);
      return NOTHING;
    },
  };
}

const noReply = (message: Message): Reaction => ({
  failure: `no reply to phx_join: ${quoted(message)}`,
});

const refusalIn = (response: unknown): string =>
  isMap(response) ? saidIn(response.reason, JSON.stringify(response)) : saidIn(response);
