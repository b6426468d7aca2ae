/** The browser-safe core: copy it, or import it, into the page whose connections you follow. */

export { Client } from './client.ts';
export * from './close-codes.ts';
export { Connection, Connections, type Peer, type ServerHost } from './connections.ts';
export * from './handshake.ts';
export type { ClientHost, Clock, Socket, SocketEnd, SocketEvents } from './host.ts';
export * from './records.ts';
export { Sequence, type SequenceLike, type SequenceStorage, type Session } from './sequence.ts';
export * from './settings.ts';
