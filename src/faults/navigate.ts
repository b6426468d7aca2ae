import * as z from 'zod';
import { defineFault, isOpen, NOTHING } from './fault.ts';

export const navigate = defineFault({
  summary:
    'The user goes to another page of the same site, which has a client of its own: a new document in the same ' +
    'tab and session.',
  target: 'sessions',
  params: z.strictObject({}),
  serverSees: '1001; 1000 where Chromium caches the page',
  hits: isOpen,
  expected: () => NOTHING,
  inject({ tabs }) {
    for (const tab of tabs) tab.navigate();
    return undefined;
  },
});
