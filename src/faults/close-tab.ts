import * as z from 'zod';
import { defineFault, isOpen } from './fault.ts';

export const closeTab = defineFault({
  summary: 'The tab is closed, and its session with it.',
  target: 'sessions',
  params: z.strictObject({}),
  hits: isOpen,
  expected: () => ({ clientCloseCode: null, serverCloseCode: 1001 }),
  inject({ tabs }) {
    for (const tab of tabs) tab.closeTab();
    return undefined;
  },
});
