import * as z from 'zod';
import { defineFault, isOpen, NOTHING } from './fault.ts';
import { duration } from './fields.ts';

export const restore = defineFault({
  summary:
    'The browser is killed, and brings its tab back with the `sessionStorage` of some time ago: the server’s ' +
    '`last_seen_sequence` is what tells the page.',
  target: 'sessions',
  params: z.strictObject({
    ago: duration.prefault('5s').describe('How old the storage is that it brings back.'),
  }),
  serverSees: '1001 or 1006',
  hits: isOpen,
  expected: () => ({ ...NOTHING, takesPage: true, restoresStorage: true }),
  inject({ params, tabs }) {
    for (const tab of tabs) tab.restore(params.ago);
    return undefined;
  },
});
