import * as z from 'zod';
import { defineFault, isOpen, NOTHING } from './fault.ts';
import { duration } from './fields.ts';

export const hide = defineFault({
  summary:
    'The tab is in the background: its timers fire once a second at most, and in Chromium after five minutes once a ' +
    'minute, if one sets the next. Node has no background.',
  target: 'sessions',
  params: z.strictObject({ for: duration.describe('How long until the user looks at it.') }),
  lastsMs: (params) => params.for,
  hits: isOpen,
  expected: () => NOTHING,
  inject({ tabs }) {
    for (const tab of tabs) tab.setHidden(true);
    return () => {
      for (const tab of tabs) tab.setHidden(false);
    };
  },
});
