import type { ServerControl } from '../../core/world.ts';
import type { FaultName } from '../../faults/index.ts';

/** A server that a run begins and ends: the reference server, or the user's own. */
export interface StormedServer extends ServerControl {
  /** Starts it. @returns its address, once it listens */
  listening(): Promise<string>;
  /** As `World.lacks`; absent where it can do all. */
  lacks?(fault: FaultName): string | undefined;
  /** Resolves once it has done all that it was told so far. */
  caughtUp(): Promise<void>;
  /** Ends it for good, gracefully. */
  close(): Promise<void>;
  /** Ends it at once. */
  kill(): void;
}
