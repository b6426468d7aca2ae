import * as z from 'zod';
import { defineFault, isOpen } from './fault.ts';
import { duration } from './fields.ts';

export const sleep = defineFault({
  summary:
    'The user closes the lid, and opens it again: timers stand still, nothing is heard or said, and on waking all ' +
    'that fell due comes at once. Chromium has lost its connection then; Firefox and Node go on with it if the ' +
    'server still has it.',
  target: 'sessions',
  params: z.strictObject({ for: duration.describe('How long the lid is closed.') }),
  lastsMs: (params) => params.for,
  hits: isOpen,
  // Nothing tells the server.
  expected: () => ({ clientCloseCode: 1006, serverCloseCode: 1006, halfOpen: true }),
  inject({ tabs }) {
    for (const tab of tabs) tab.setAsleep(true);
    return () => {
      for (const tab of tabs) tab.setAsleep(false);
    };
  },
});
