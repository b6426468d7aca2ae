import * as z from 'zod';
import { defineFault, isOpen } from './fault.ts';
import { duration } from './fields.ts';

export const refresh = defineFault({
  summary: 'The user presses F5: a new document in the same tab and session.',
  target: 'sessions',
  params: z.strictObject({
    times: z.int().min(1).max(100).default(1).describe('How often.'),
    within: duration.prefault('1s').describe('The presses are spread evenly over this time.'),
  }),
  steps: (params) =>
    Array.from({ length: params.times }, (_, press) => ({
      afterMs: Math.round((press * params.within) / params.times),
      params,
    })),
  hits: isOpen,
  expected: () => ({ clientCloseCode: null, serverCloseCode: 1001 }),
  inject({ tabs }) {
    for (const tab of tabs) tab.reload();
    return undefined;
  },
});
