import * as z from 'zod';
import { defineFault, isOpen } from './fault.ts';
import { duration } from './fields.ts';

export const offline = defineFault({
  summary: 'The browser goes offline: its connection ends with 1006, and it does not dial.',
  target: 'sessions',
  params: z.strictObject({ for: duration.describe('How long.') }),
  lastsMs: (params) => params.for,
  hits: isOpen,
  // The network is gone, so nothing tells the server.
  expected: () => ({ clientCloseCode: 1006, serverCloseCode: 1006, halfOpen: true }),
  inject({ tabs }) {
    for (const tab of tabs) tab.setOnline(false);
    return () => {
      for (const tab of tabs) tab.setOnline(true);
    };
  },
});
