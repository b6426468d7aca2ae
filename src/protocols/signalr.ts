import * as z from 'zod';
import type { Conversation, Message, Reaction } from '../core/protocol.ts';
import { fields, sessionPairs } from './fields.ts';
import { isMap, parseJson, quoted, saidIn, takenBy } from './json.ts';
import { protocolKind } from './kind.ts';

/** ASP.NET Core SignalR: the JSON hub protocol over WebSocket, without a negotiation (`skipNegotiation`). */

const RECORD_END = '\x1e';
const HANDSHAKE = `{"protocol":"json","version":1}${RECORD_END}`;
const PING = 6;
const CLOSE = 7;
/** Both sides ping this often, and give the other up after twice as long. */
const PING_MS = 15_000;
const NOTHING: Reaction = {};

export const signalr = protocolKind({
  summary:
    'The JSON hub protocol, without negotiation; the fields are in the query string, the handshake’s answer is the welcome.',
  options: z.strictObject({ fields }),
  create: ({ fields }) => ({
    converse: (hello) => converse(sessionPairs(hello, fields)),
  }),
});

function converse(query: [string, string][]): Conversation {
  let isWelcomed = false;
  const answered = (message: Message): Reaction => {
    const [first, ...further] = recordsIn(message) ?? [];
    if (!isMap(first) || 'type' in first) return { failure: `no handshake: ${quoted(message)}` };
    if ('error' in first) return { failure: `handshake: ${saidIn(first.error)}` };
    isWelcomed = true;
    return {
      welcome: takenBy(null, { ping_interval_ms: PING_MS }),
      keepAlive: { everyMs: PING_MS, message: `{"type":${PING}}${RECORD_END}` },
      ...goodbyeIn(further),
    };
  };
  return {
    query,
    opened: () => ({ send: [HANDSHAKE] }),
    received: (message) => {
      if (!isWelcomed) return answered(message);
      const records = recordsIn(message);
      return records ? goodbyeIn(records) : { failure: `no JSON record: ${quoted(message)}` };
    },
  };
}

function goodbyeIn(records: readonly unknown[]): Reaction {
  const close = records.filter(isMap).find(({ type }) => type === CLOSE);
  return close ? { failure: `closed by the hub: ${saidIn(close.error)}` } : NOTHING;
}

/** A message has one record or several, all of them whole; undefined for any other message. */
function recordsIn(message: Message): unknown[] | undefined {
  if (typeof message !== 'string' || !message.endsWith(RECORD_END)) return undefined;
  const records = message.slice(0, -1).split(RECORD_END).map(parseJson);
  return records.every(isMap) ? records : undefined;
}
