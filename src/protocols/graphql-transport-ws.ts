import * as z from 'zod';
import type { Conversation, Message, Reaction } from '../core/protocol.ts';
import { fields, sessionFields } from './fields.ts';
import { mapIn, quoted, takenBy } from './json.ts';
import { protocolKind } from './kind.ts';

/** GraphQL over WebSocket, as graphql-ws's PROTOCOL.md has it. */

const NOTHING: Reaction = {};

export const graphqlTransportWs = protocolKind({
  summary: 'The fields are the payload of `connection_init`, and `connection_ack` is the welcome.',
  options: z.strictObject({ fields }),
  create: ({ fields }) => ({
    path: '/graphql',
    subprotocols: ['graphql-transport-ws'],
    closeCodes: {
      4400: 'a message that the server does not know',
      4401: 'unauthorized',
      4403: 'forbidden',
      4406: 'the subprotocol is not accepted',
      4408: 'connection_init came too late',
      4429: 'more than one connection_init',
      4500: 'an error of the server',
    },
    converse: (hello) => converse(sessionFields(hello, fields)),
  }),
});

function converse(payload: Record<string, string | number>): Conversation {
  let isWelcomed = false;
  return {
    query: [],
    opened: () => ({ send: [JSON.stringify({ type: 'connection_init', payload })] }),
    received: (message) => {
      const { type, payload: answer } = mapIn(message) ?? {};
      // Both sides may ping, at any time.
      if (type === 'ping') return { send: ['{"type":"pong"}'] };
      if (type === 'pong' || isWelcomed) return NOTHING;
      if (type !== 'connection_ack') return noAck(message);
      isWelcomed = true;
      return { welcome: takenBy(answer) };
    },
  };
}

const noAck = (message: Message): Reaction => ({
  failure: `no connection_ack: ${quoted(message)}`,
});
