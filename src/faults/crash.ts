import * as z from 'zod';
import { defineFault, isOpen, NOTHING } from './fault.ts';
import { duration } from './fields.ts';

export const crash = defineFault({
  summary:
    'The page crashes, which it cannot tell anybody, and the user loads it again. In a browser its connection is ' +
    'closed for it.',
  target: 'sessions',
  params: z.strictObject({
    for: duration.prefault('1s').describe('How long until the user loads it again.'),
  }),
  lastsMs: (params) => params.for,
  serverSees: '1001; 1006 from Node',
  hits: isOpen,
  expected: () => NOTHING,
  inject({ tabs }) {
    for (const tab of tabs) tab.crash();
    return () => {
      for (const tab of tabs) tab.revive();
    };
  },
});
