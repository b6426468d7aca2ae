import { attempted } from '../core/attempted.ts';
import type { PageWindow } from './page-window.ts';

/** Sessions that clients of one document have, or are about to have; with each an object of the client's own. */
export type HeldSessions = Map<string, unknown>;

/** Where each window has them, for the other frames of its tab to see, whatever copies of this module they came with. */
const PLACE = Symbol.for('wsdiag');

type SharingWindow = { [PLACE]?: HeldSessions };

export function sessionsOf(page: PageWindow): HeldSessions {
  const window = page as SharingWindow;
  window[PLACE] ??= new Map();
  return window[PLACE];
}

/**
 * Whether another client has that session: one of this document, or of a frame of the same tab. Frames that are gone
 * are not in the tab's tree any more.
 */
export const isHeldInTab = (page: PageWindow, id: string, owner: unknown): boolean =>
  isHeldIn(page.top ?? page, id, owner);

function isHeldIn(window: Window, id: string, owner: unknown): boolean {
  // A window of another origin throws when it is asked, but not when it is asked for its frames.
  const holder = attempted(() => (window as SharingWindow)[PLACE]?.get(id));
  const isHeld = (frame: Window) => isHeldIn(frame, id, owner);
  return (holder !== undefined && holder !== owner) || [].some.call(window, isHeld);
}
