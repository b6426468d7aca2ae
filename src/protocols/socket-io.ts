import * as z from 'zod';
import type { Message, Reaction } from '../core/protocol.ts';
import { fields, sessionFields } from './fields.ts';
import { isMap, mapIn, parseJson, quoted, saidIn, takenBy } from './json.ts';
import { protocolKind } from './kind.ts';

/** Engine.IO 4 and Socket.IO 5, as Socket.IO 3 and 4 speak them, over WebSocket alone. */

const NOTHING: Reaction = {};
/** Longest time that a timer can wait for, with room to spare. */
const MAX_INTERVAL_MS = 2 ** 30;

export const socketIo = protocolKind({
  summary:
    'Engine.IO 4 over WebSocket alone; the fields are in `auth`, and the server’s CONNECT is the welcome.',
  options: z.strictObject({
    namespace: z
      .string()
      .regex(/^\/[^,?]*$/, { error: 'a namespace, such as /chat' })
      .default('/')
      .describe('What is connected to.'),
    fields,
  }),
  create: ({ namespace, fields }) => ({
    path: '/socket.io/',
    converse: (hello) => {
      const connect = `40${prefix(namespace)}${JSON.stringify(sessionFields(hello, fields))}`;
      const conversation = new Conversation(namespace, connect);
      return {
        query: [
          ['EIO', '4'],
          ['transport', 'websocket'],
        ],
        opened: () => NOTHING,
        received: (message) => conversation.received(message),
      };
    },
  }),
});

const prefix = (namespace: string): string => (namespace === '/' ? '' : `${namespace},`);

class Conversation {
  readonly #namespace: string;
  readonly #connect: string;
  /** What Engine.IO promised; null before its handshake. */
  #pingIntervalMs: number | null = null;
  #isWelcomed = false;

  constructor(namespace: string, connect: string) {
    this.#namespace = namespace;
    this.#connect = connect;
  }

  received(message: Message): Reaction {
    if (this.#pingIntervalMs === null) return this.#handshake(message);
    // An attachment of an event.
    if (typeof message !== 'string') return this.#isWelcomed ? NOTHING : unexpected(message);
    switch (message[0]) {
      case '1':
        return { failure: 'the server closed the transport' };
      case '2':
        return { send: [`3${message.slice(1)}`] };
      case '4':
        return this.#packet(message);
      case '6':
        return NOTHING;
      default:
        return unexpected(message);
    }
  }

  #handshake(message: Message): Reaction {
    const isOpen = typeof message === 'string' && message.startsWith('0');
    const told = isOpen ? mapIn(message.slice(1)) : undefined;
    const [interval, timeout] = [told?.pingInterval, told?.pingTimeout];
    if (!isInterval(interval) || !isInterval(timeout)) {
      return { failure: `no Engine.IO handshake: ${quoted(message)}` };
    }
    // Its clients give a server up after both; wsdiag's after twice the interval.
    this.#pingIntervalMs = (interval + timeout) / 2;
    return { send: [this.#connect] };
  }

  #packet(message: string): Reaction {
    const [, type, namespace = '/', data = ''] =
      /^4(\d)(?:\d+-)?(?:(\/[^,?]*)(?:\?[^,]*)?,)?(.*)$/s.exec(message) ?? [];
    if (type === undefined) return unexpected(message);
    if (namespace !== this.#namespace) return NOTHING;
    if (type === '0') return this.#connected(data);
    if (type === '1') return { failure: `the server disconnected ${this.#namespace}` };
    if (type === '4') return { failure: `connect_error: ${errorIn(data)}` };
    return this.#isWelcomed ? NOTHING : unexpected(message);
  }

  #connected(data: string): Reaction {
    const { sid } = mapIn(data) ?? {};
    const welcome = takenBy({ client_id: sid }, { ping_interval_ms: this.#pingIntervalMs });
    if (welcome.client_id === null) return { failure: 'a CONNECT packet without a sid' };
    this.#isWelcomed = true;
    return { welcome };
  }
}

const unexpected = (message: Message): Reaction => ({
  failure: `unexpected ${quoted(message)}`,
});

const isInterval = (value: unknown): value is number =>
  typeof value === 'number' && value > 0 && value < MAX_INTERVAL_MS;

function errorIn(data: string): string {
  const error = parseJson(data);
  return saidIn(isMap(error) ? error.message : error);
}
