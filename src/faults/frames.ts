import * as z from 'zod';
import { defineFault, isOpen, NOTHING } from './fault.ts';

export const frames = defineFault({
  summary:
    'The page loads frames of its own site, each with a client of its own; they share its `sessionStorage`.',
  target: 'sessions',
  params: z.strictObject({
    number: z.int().min(1).max(20).default(1).describe('How many frames.'),
  }),
  hits: isOpen,
  expected: () => NOTHING,
  inject({ params, tabs }) {
    for (const tab of tabs) tab.addFrames(params.number);
    return undefined;
  },
});
