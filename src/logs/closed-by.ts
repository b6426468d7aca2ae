import type { ClosedBy } from '../core/records.ts';

/** What brokers and libraries say of who ended a connection, in the words of `closed_by`. */
const WORDS: Record<string, ClosedBy> = {
  // EMQX
  normal: 'peer',
  kicked: 'server',
  keepalive_timeout: 'heartbeat',
  tcp_closed: 'network',
  discarded: 'superseded',
  takenover: 'superseded',
  takeovered: 'superseded',
  // Socket.IO
  'client namespace disconnect': 'peer',
  'server namespace disconnect': 'server',
  'server shutting down': 'server',
  'ping timeout': 'heartbeat',
  'transport close': 'network',
  'transport error': 'network',
};

/** The word of `closed_by` for it; undefined where none is known. */
export const closedByIn = (word: unknown): ClosedBy | undefined =>
  typeof word === 'string' && Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
