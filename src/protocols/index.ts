import { HANDSHAKES, type Protocol } from '../core/protocol.ts';
import { type CustomOptions, custom } from './custom.ts';

export type { CustomOptions, WelcomeMessage, WelcomeRule } from './custom.ts';

/** What a scenario says of how its target is talked with. */
export type ProtocolOptions = Partial<CustomOptions>;

interface ProtocolKind {
  /** One sentence for the docs. */
  summary: string;
  create(options: ProtocolOptions): Protocol;
}

/** Every protocol, by the name scenarios call it. */
export const PROTOCOLS = {
  wsdiag: {
    summary: 'The hello is the first frame, and a welcome answers it (docs/handshake.md).',
    create: () => HANDSHAKES.frame,
  },
  query: {
    summary: 'The hello travels in the query string of the upgrade request; a welcome answers it.',
    create: () => HANDSHAKES.query,
  },
  custom: {
    summary:
      'What `hello` says is sent at the open, and `welcome` says by what a connection counts.',
    create: ({ hello, welcome = 'open' }) => custom({ hello, welcome }),
  },
} as const satisfies Record<string, ProtocolKind>;

export type ProtocolName = keyof typeof PROTOCOLS;

export const PROTOCOL_NAMES = Object.keys(PROTOCOLS) as [ProtocolName, ...ProtocolName[]];

export const createProtocol = (name: ProtocolName, options: ProtocolOptions): Protocol =>
  (PROTOCOLS[name] as ProtocolKind).create(options);
