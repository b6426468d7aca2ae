import type { ClientHost } from '../core/host.ts';
import type { NavigationType, UnloadReason } from '../core/records.ts';
import type { SequenceStorage } from '../core/sequence.ts';
import { SessionClaims } from './claims.ts';
import { type PageWindow, randomUUID } from './page-window.ts';

/** What both entries ask of a page. */
export interface PageHost
  extends Pick<ClientHost, 'randomUUID' | 'storage' | 'claimSession' | 'isInOtherFrame'> {
  /** Lets all sessions go that this client has claimed. */
  releaseAll(): void;
}

export function pageHost(page: PageWindow): PageHost {
  const claims = new SessionClaims(page);
  const made = new Set<string>();
  return {
    storage: sessionStorageOf(page),
    randomUUID: () => {
      const id = randomUUID(page);
      made.add(id);
      return id;
    },
    // Made by this document, an id is nobody else's; claimed again, after it was let go, it may be.
    claimSession: (id, decided) => claims.claim(id, made.delete(id), decided),
    isInOtherFrame: claims.isInOtherFrame,
    releaseAll: () => claims.releaseAll(),
  };
}

/** Where storage is blocked, it throws to be looked at; so here each call does. */
const sessionStorageOf = (page: PageWindow): SequenceStorage => ({
  getItem: (key) => page.sessionStorage.getItem(key),
  setItem: (key, value) => page.sessionStorage.setItem(key, value),
  removeItem: (key) => page.sessionStorage.removeItem(key),
});

/** What a page is told of its own life. */
export interface PageEvents {
  /** It goes: to the back/forward cache, or for good. Firefox discards pages with it too, Chromium without a word. */
  hidden(reason: Extract<UnloadReason, 'bfcache' | 'pagehide'>): void;
  /** It is back from the back/forward cache. */
  shown(): void;
}

export function onPageEvents(
  page: PageWindow,
  { hidden, shown }: PageEvents,
  signal: AbortSignal,
): void {
  listen<PageTransitionEvent>(
    page,
    'pagehide',
    ({ persisted }) => hidden(persisted ? 'bfcache' : 'pagehide'),
    signal,
  );
  listen<PageTransitionEvent>(
    page,
    'pageshow',
    ({ persisted }) => {
      if (persisted) shown();
    },
    signal,
  );
}

/** Outside of pages, as in Node, there is nothing to listen to. */
export const listen = <E extends Event>(
  target: EventTarget | undefined,
  type: string,
  heard: (event: E) => void,
  signal?: AbortSignal,
): void => target?.addEventListener?.(type, heard as EventListener, { signal });

/** How the page came to be; one that was rendered beforehand was gone to like any other. */
export function navigationOf({ performance }: PageWindow): NavigationType {
  const [{ type } = { type: '' }] = performance.getEntriesByType(
    'navigation',
  ) as PerformanceNavigationTiming[];
  return type === 'reload' || type === 'back_forward' ? type : 'navigate';
}

/** Runs it once the page is there for its user, and not only rendered in case it will be. */
export function onceActivated(page: PageWindow, run: () => void): void {
  const document = page.document as (Document & { prerendering?: boolean }) | undefined;
  if (document?.prerendering) {
    document.addEventListener('prerenderingchange', run, { once: true });
  } else {
    run();
  }
}

/** The address to dial, absolute and without a fragment, with more fields in its query string. */
export function dialUrl(
  page: PageWindow,
  base: string | URL,
  query: [name: string, value: string][] = [],
): string {
  const url = new URL(base, page.location?.href);
  url.protocol = url.protocol.replace('http', 'ws');
  url.hash = '';
  // Not by `searchParams`, which would write what is there in other words.
  if (query.length > 0) {
    url.search += `${url.search ? '&' : '?'}${new URLSearchParams(query)}`;
  }
  return url.href;
}
