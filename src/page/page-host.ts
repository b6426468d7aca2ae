import { attempted } from '../core/attempted.ts';
import type { NavigationType, UnloadReason } from '../core/records.ts';
import type { SequenceStorage } from '../core/sequence.ts';
import type { PageWindow } from './page-window.ts';

/** Where storage is blocked, it throws to be looked at. Then it is undefined, and each call on it throws. */
export const storageOf = (page: PageWindow): SequenceStorage =>
  attempted(() => page.sessionStorage) as Storage;

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

/** Resolves once the page is there for its user, and not only rendered in case it will be. */
export const activated = ({ document }: PageWindow): Promise<unknown> =>
  new Promise<unknown>((resolve) => {
    if (document?.prerendering) document.addEventListener('prerenderingchange', resolve);
    else resolve(null);
  });

/** The address to dial, absolute and without a fragment, with more fields in its query string. */
export function dialUrl(
  page: PageWindow,
  base: string | URL,
  query?: [name: string, value: string][] | Record<string, string>,
): string {
  const url = new URL(base, page.location?.href);
  const fields = `${new URLSearchParams(query)}`;
  url.hash = '';
  // Not by `searchParams`, which would write what is there in other words.
  if (fields) url.search += (url.search && '&') + fields;
  return url.href.replace(/^http/, 'ws');
}
