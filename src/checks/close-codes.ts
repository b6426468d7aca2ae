import type { FindingDetails } from '../core/findings.ts';
import type { ClientEnd, ServerClosed } from './connections.ts';
import type { Fault } from './faults.ts';

/** Dropped without a close frame; never on the wire. */
const DROPPED = 1006;
/** What a page that goes sends. */
const GOING_AWAY = 1001;

/** The server ended it by itself, so it may never have heard the client's answer. */
const BY_SERVER = new Set(['server', 'superseded', 'heartbeat']);

type ServerEnd = Pick<ServerClosed, 'close_code' | 'closed_by'>;
type Client = Pick<ClientEnd, 'event' | 'close_code'>;
type Disagreement = FindingDetails['logs-disagree'];

/** Both ends of one connection, as each log tells it. */
export interface Ends {
  client: Client;
  /** undefined where the server logged none: it was killed, or the line is missing. */
  server: ServerEnd | undefined;
}

/**
 * Holds the two ends of a connection against each other and against the faults on it. Without a fault
 * they agree, but for a side that ended the connection itself and saw no answer (1006). With faults,
 * each side sees a code that one of them expects; a side of which no fault expects a code is held
 * against the other side instead.
 *
 * @param delayed frames of this session were held back: either side may have given up first
 */
export function judgeEnds(ends: Ends, faults: Fault[], delayed: boolean): Disagreement | undefined {
  const client = codesOf(faults, 'client_close_code');
  const server = codesOf(faults, 'server_close_code');
  const silent = delayed || faults.some(({ half_open }) => half_open);
  if (client.size + server.size === 0) {
    return agree(ends) || (silent && isDropped(ends)) ? undefined : { about: 'close_code', ...shown(ends) };
  }
}
