import * as z from 'zod';
import { defineFault, isOpen, NOTHING } from './fault.ts';

export const corruptStorage = defineFault({
  summary: 'The stored number becomes garbage: the next attempt starts a new session.',
  target: 'sessions',
  params: z.strictObject({}),
  hits: isOpen,
  expected: () => NOTHING,
  inject({ tabs }) {
    for (const tab of tabs) tab.corruptStorage();
    return undefined;
  },
});
