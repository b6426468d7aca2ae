import type { ClientSettings } from '../../../src/core/settings.ts';

/** What a page of the story is told, in its address. */
export interface PageSettings {
  /** The row it is played for. */
  row: string;
  /** The server's address, by way of the proxy. */
  url: string;
  client: Partial<ClientSettings>;
  /** Whether the client takes no notice of the server's `last_seen_sequence`. */
  ignoresLastSeen?: boolean;
}
