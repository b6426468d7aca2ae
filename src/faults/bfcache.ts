import * as z from 'zod';
import { defineFault, isOpen, NOTHING } from './fault.ts';
import { duration } from './fields.ts';

export const bfcache = defineFault({
  summary:
    'The user leaves for another site, and comes back. Chromium keeps the page in its back/forward cache, where ' +
    'it gives its connection up; Firefox loads it again, for it caches no page with a WebSocket.',
  target: 'sessions',
  params: z.strictObject({ for: duration.describe('How long the user is away.') }),
  lastsMs: (params) => params.for,
  serverSees: '1001; 1000 where Chromium caches the page',
  hits: isOpen,
  expected: () => NOTHING,
  inject({ tabs }) {
    for (const tab of tabs) tab.leave();
    return () => {
      for (const tab of tabs) tab.comeBack();
    };
  },
});
