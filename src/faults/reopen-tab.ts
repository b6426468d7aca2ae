import * as z from 'zod';
import { defineFault, isOpen } from './fault.ts';
import { duration } from './fields.ts';

export const reopenTab = defineFault({
  summary:
    'The user closes the tab, and opens it again with “reopen closed tab”: its session goes on.',
  target: 'sessions',
  params: z.strictObject({ after: duration.prefault('1s').describe('How long it is closed.') }),
  lastsMs: (params) => params.after,
  hits: isOpen,
  expected: () => ({ clientCloseCode: null, serverCloseCode: 1001 }),
  inject({ tabs }) {
    for (const tab of tabs) tab.closeTab(true);
    return () => {
      for (const tab of tabs) tab.reopen();
    };
  },
});
