import * as z from 'zod';
import { defineFault, isOpen, NOTHING } from './fault.ts';
import { duration } from './fields.ts';

export const discard = defineFault({
  summary:
    'The browser takes the page of a tab in the background out of memory, and loads it again when the user looks ' +
    'at it. In Chromium the page is not told that it goes.',
  target: 'sessions',
  params: z.strictObject({ for: duration.describe('How long until the user looks at it.') }),
  lastsMs: (params) => params.for,
  serverSees: '1001',
  hits: isOpen,
  expected: () => ({ ...NOTHING, takesPage: true }),
  inject({ tabs }) {
    for (const tab of tabs) tab.discard();
    return () => {
      for (const tab of tabs) tab.reopen();
    };
  },
});
