import { attempted, type PageWindow } from './page-window.ts';

/** A session that a client in some document has, or is about to have. */
export interface HeldSession {
  id: string;
  /** The client, by an object of its own. */
  owner: object;
}

/** What the clients of one document share, whatever copies of this module they came with. */
export interface DocumentSessions {
  held: Set<HeldSession>;
  /** Settles once the locks that clients of this document gave back are free again. */
  freed: Promise<unknown>;
}

/** Where each window has them, for the other frames of its tab to see. */
const PLACE = Symbol.for('wsdiag');

type SharingWindow = { [PLACE]?: DocumentSessions };

export function sessionsOf(page: PageWindow): DocumentSessions {
  const window = page as SharingWindow;
  window[PLACE] ??= { held: new Set(), freed: Promise.resolve() };
  return window[PLACE];
}

/**
 * Whether another client has that session: one of this document, or of a frame of the same tab. Frames that are gone
 * are not in the tab's tree any more.
 */
export const isHeldInTab = (page: PageWindow, id: string, owner: object): boolean =>
  isHeldIn(page.top ?? page, id, owner);

function isHeldIn(window: Window, id: string, owner: object): boolean {
  // A window of another origin throws when it is asked, but not when it is asked for its frames.
  const held = attempted(() => (window as SharingWindow)[PLACE]?.held) ?? [];
  for (const session of held) if (session.id === id && session.owner !== owner) return true;
  for (let index = 0; index < window.length; index++) {
    const frame = attempted(() => window[index]);
    if (frame && isHeldIn(frame, id, owner)) return true;
  }
  return false;
}
