import * as z from 'zod';
import { defineFault, isOpen, NOTHING } from './fault.ts';

export const duplicateTab = defineFault({
  summary: 'The tab is duplicated: its copy starts with a copy of `sessionStorage`.',
  target: 'sessions',
  params: z.strictObject({}),
  hits: isOpen,
  expected: () => NOTHING,
  inject({ tabs }) {
    for (const tab of tabs) tab.duplicate();
    return undefined;
  },
});
