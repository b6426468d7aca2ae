import type { Clock } from '../core/host.ts';
import type { UnloadReason } from '../core/records.ts';
import type { Defect } from '../core/settings.ts';
import type { ServerControl, Tab } from '../core/world.ts';
import type { FaultName } from '../faults/index.ts';

/** A tab as a run has it: opened at its time, and ended with the run. */
export interface WorldTab extends Tab {
  /** Connected, unless it is about to learn otherwise, or closed. */
  readonly settled: boolean;
  /** Its page is loaded, and dials. */
  load(): void;
  unload(reason: UnloadReason): void;
}

/** What a scenario is played in: a server that can be controlled, tabs, and their time. */
export interface World {
  readonly clock: Clock;
  readonly server: ServerControl;
  readonly tabs: readonly WorldTab[];
  /** Sockets that are not closed yet, beside those that were cut silently. */
  readonly openSockets: number;
  /** Starts the server; called first. @returns its address */
  start(): Promise<string>;
  /** Opens a tab; it goes on with what its storage holds. `load()` makes it dial. */
  open(name: string, defect: Defect | null): WorldTab;
  /** Faults are over. Resolves once the server has done all that it was told so far; it ends nobody by itself then. */
  caughtUp(): Promise<void>;
  /** Ends the server gracefully, and frees the sockets that are left. */
  close(): Promise<void>;
  /** Ends what is left, at once. */
  kill(): void;
}

/** Faults that a world can't inject, with the reason: a sentence's end, behind "a target that". */
export type Lacking = Partial<Record<FaultName, string>>;
