import type { ServerControl } from '../../core/world.ts';
import type { BrowserOptions } from '../../real/browser.ts';

/** Where a server listens, and how it is dialled. */
export interface Listening extends Pick<BrowserOptions, 'url' | 'server'> {
  /** Its address, as the logs tell of it. */
  shown: string;
}

/** A server that a run begins and ends: the reference server, or the user's own. */
export interface StormedServer extends ServerControl {
  /** Starts it. Resolves once it listens. */
  listening(): Promise<Listening>;
  /** Resolves once it has done all that it was told so far. */
  caughtUp(): Promise<void>;
  /** Ends it for good, gracefully. */
  close(): Promise<void>;
  /** Ends it at once. */
  kill(): void;
}
