/** `wsdiag/client`: the whole client, for a page that has none yet. */

import { type ConnectOptions, connectIn, type PageConnection } from './connection.ts';
import type { PageWindow } from './page-window.ts';

export type {
  BackoffSettings,
  ClientEvents,
  ClientLogLine,
  ConnectOptions,
  PageConnection,
  PageConnectionEvents,
} from './connection.ts';

/**
 * Connects this page to a server that knows the handshake, and keeps it connected. `connect` itself does nothing yet:
 * the session is looked up once the script that called it is done.
 *
 * @param url of `ws:` or `wss:`, or of the page's own server, such as `/socket`
 * @throws TypeError where that is no address
 */
export const connect = (url: string | URL, options: ConnectOptions = {}): PageConnection =>
  connectIn(globalThis as unknown as PageWindow, url, options);
