import type { NewConnections } from './proxy.ts';
import type { Seen } from './seen.ts';
import type { PageSettings } from './settings.ts';

export type { NewConnections };

/** What a player cannot do, and why: the row says so. */
export class CannotPlay extends Error {}

/** A tab in a story. Whatever a player cannot do throws `CannotPlay`. */
export interface PlayerTab {
  reload(): Promise<void>;
  hitReload(times: number, everyMs: number): Promise<void>;
  /** To another page of the same site, or to one without a client. */
  navigate(to: 'page' | 'blank'): Promise<void>;
  back(): Promise<void>;
  /** The page calls `close()` on its socket. */
  closeSocket(code: number, reason: string): Promise<void>;
  openCopy(): Promise<PlayerTab>;
  duplicate(): Promise<PlayerTab>;
  hide(): Promise<void>;
  discard(): Promise<void>;
  activate(): Promise<void>;
  crash(): Promise<void>;
  reloadCrashed(): Promise<void>;
  setOffline(offline: boolean): Promise<void>;
  /** The machine's one link goes down or comes up. */
  setLink(up: boolean): Promise<void>;
  /** How long a timer of 10 ms takes, in milliseconds. */
  timer(): Promise<number>;
  close(): Promise<void>;
  /** The tab that was closed, opened again. */
  reopen(): Promise<PlayerTab>;
}

/** `page`: one with a client. `frames`: one with two of these in iframes. `blocked`: where storage is forbidden. */
export type PageKind = 'page' | 'frames' | 'blocked';

/** Who plays a story: a real browser, or wsdiag's own client. */
export interface Player {
  /** A column of the table. */
  readonly name: string;
  /** Where its pages reach servers, if they can't reach all addresses of the loopback. */
  readonly serverHost: string | null;
  /** The origin of its pages, if they have one. */
  readonly origin: string | null;
  open(kind: PageKind, settings: PageSettings, see: (seen: Seen) => void): Promise<PlayerTab>;
  saveSession(): Promise<void>;
  kill(): Promise<void>;
  /** The tabs that are there after it. */
  restore(): Promise<PlayerTab[]>;
  stop(): Promise<void>;
}
