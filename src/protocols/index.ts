import type * as z from 'zod';
import type { Protocol } from '../core/protocol.ts';
import { actionCable } from './action-cable.ts';
import { type CustomOptions, custom } from './custom.ts';
import { graphqlTransportWs } from './graphql-transport-ws.ts';
import type { ProtocolKind } from './kind.ts';
import { mqtt } from './mqtt.ts';
import { phoenix } from './phoenix.ts';
import { signalr } from './signalr.ts';
import { socketIo } from './socket-io.ts';
import { stomp } from './stomp.ts';

export type { CustomOptions, WelcomeMessage, WelcomeRule } from './custom.ts';
export { line, PLACES, template } from './fields.ts';

/** wsdiag's own handshake, which every client knows: where the hello travels. */
interface OwnKind {
  summary: string;
  handshake: 'frame' | 'query';
}

/** Told beside the protocol, by `hello` and `welcome`. */
interface CustomKind {
  summary: string;
  custom(options: CustomOptions): Protocol;
}

/** Every protocol, by the name scenarios call it. */
export const PROTOCOLS = {
  wsdiag: {
    summary: 'The hello is the first frame, and a welcome answers it (docs/handshake.md).',
    handshake: 'frame',
  },
  query: {
    summary: 'The hello travels in the query string of the upgrade request; a welcome answers it.',
    handshake: 'query',
  },
  custom: {
    summary:
      'What `hello` says is sent at the open, and `welcome` says by what a connection counts.',
    custom,
  },
  'socket.io': socketIo,
  'graphql-transport-ws': graphqlTransportWs,
  mqtt,
  stomp,
  'action-cable': actionCable,
  phoenix,
  signalr,
} as const satisfies Record<string, OwnKind | CustomKind | ProtocolKind>;

export type ProtocolName = keyof typeof PROTOCOLS;

export const PROTOCOL_NAMES = Object.keys(PROTOCOLS) as [ProtocolName, ...ProtocolName[]];

export const protocolNamed = (name: ProtocolName): OwnKind | CustomKind | ProtocolKind =>
  PROTOCOLS[name];

/** Which protocol, with its options as they were checked. */
export interface ChosenProtocol {
  name: ProtocolName;
  options: Record<string, unknown>;
}

/** What may stand beside the name of a protocol; undefined for one that has no options. */
export function optionsOf(name: ProtocolName): z.ZodObject | undefined {
  const kind = protocolNamed(name);
  return 'options' in kind ? kind.options : undefined;
}

/** The protocol, or where wsdiag's own hello travels. */
export function createProtocol(
  { name, options }: ChosenProtocol,
  own: CustomOptions,
): Protocol | OwnKind['handshake'] {
  const kind = protocolNamed(name);
  if ('handshake' in kind) return kind.handshake;
  return 'custom' in kind ? kind.custom(own) : kind.create(options);
}
