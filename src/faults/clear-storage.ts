import * as z from 'zod';
import { defineFault, isOpen, NOTHING } from './fault.ts';

export const clearStorage = defineFault({
  summary: '`sessionStorage` is cleared under the page: its next attempt starts a new session.',
  target: 'sessions',
  params: z.strictObject({}),
  hits: isOpen,
  expected: () => NOTHING,
  inject({ tabs }) {
    for (const tab of tabs) tab.clearStorage();
    return undefined;
  },
});
