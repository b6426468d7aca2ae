import * as z from 'zod';
import type { Conversation, Message, Reaction } from '../core/protocol.ts';
import { fields, sessionPairs } from './fields.ts';
import { mapIn, quoted, saidIn, takenBy } from './json.ts';
import { protocolKind } from './kind.ts';

/** Rails' Action Cable. */

/** Its server's beat (`ActionCable::Server::Connections::BEAT_INTERVAL`); its clients give up after twice as long. */
const BEAT_MS = 3000;
const NOTHING: Reaction = {};

export const actionCable = protocolKind({
  summary:
    'The fields are in the query string; the server’s `welcome` counts, or the channel’s confirmation.',
  options: z.strictObject({
    channel: z
      .string()
      .min(1, { error: 'the name of a channel, such as RoomChannel' })
      .optional()
      .describe('Subscribed to; a connection then counts once that is confirmed.'),
    fields,
  }),
  create: ({ channel, fields }) => ({
    path: '/cable',
    subprotocols: ['actioncable-v1-json'],
    converse: (hello) => converse(sessionPairs(hello, fields), channel),
  }),
});

function converse(query: [string, string][], channel: string | undefined): Conversation {
  const identifier = channel === undefined ? null : JSON.stringify({ channel });
  let state: 'opened' | 'subscribing' | 'welcomed' = 'opened';
  const taken = (): Reaction => {
    state = 'welcomed';
    return { welcome: takenBy(null, { ping_interval_ms: BEAT_MS }) };
  };
  const greeted = (message: Message): Reaction => {
    if (state !== 'opened') return unexpected(message);
    if (identifier === null) return taken();
    state = 'subscribing';
    return { send: [JSON.stringify({ command: 'subscribe', identifier })] };
  };
  return {
    query,
    opened: () => NOTHING,
    received: (message) => {
      const { type, reason, identifier: of } = mapIn(message) ?? {};
      if (type === 'ping') return NOTHING;
      if (type === 'disconnect') return { failure: `disconnect: ${saidIn(reason)}` };
      if (type === 'welcome') return greeted(message);
      if (type === 'reject_subscription' && of === identifier) {
        return { failure: `${channel} rejected the subscription` };
      }
      if (state === 'subscribing' && type === 'confirm_subscription' && of === identifier) {
        return taken();
      }
      return state === 'welcomed' ? NOTHING : unexpected(message);
    },
  };
}

const unexpected = (message: Message): Reaction => ({ failure: `no welcome: ${quoted(message)}` });
