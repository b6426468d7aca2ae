import * as z from 'zod';
import { defineFault, isOpen, NOTHING } from './fault.ts';
import { duration } from './fields.ts';

export const freezeServer = defineFault({
  summary:
    'The server’s process stops (SIGSTOP), and goes on later (SIGCONT): clients hear nothing, and what they say ' +
    'waits. A restart ends it.',
  target: 'server',
  params: z.strictObject({ for: duration.describe('How long.') }),
  lastsMs: (params) => params.for,
  hits: isOpen,
  // What was said meanwhile comes late, or to nobody.
  expected: () => ({ ...NOTHING, delaysFrames: true }),
  inject({ server }) {
    server.freeze(true);
    return () => server.freeze(false);
  },
});
