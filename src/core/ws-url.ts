import { attempted } from './attempted.ts';

/** Of an address that `wsUrl` takes for none: the end of a sentence, with what to do. */
export const NO_WS_URL = 'is no ws:// or wss:// URL; write ws://host:port';

/**
 * The address of a WebSocket server; null for any other.
 *
 * @param parse makes a URL of it, or throws
 */
export function wsUrl<U extends { protocol: string }>(parse: () => U): U | null {
  const url = attempted(parse);
  return url?.protocol === 'ws:' || url?.protocol === 'wss:' ? url : null;
}
