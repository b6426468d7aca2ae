import * as z from 'zod';
import { defineFault, isOpen, NOTHING, nodeOf, onNodes } from './fault.ts';
import { duration, node } from './fields.ts';

export const freezeServer = defineFault({
  summary:
    'The server’s process stops (SIGSTOP), and goes on later (SIGCONT): clients hear nothing, and what they say ' +
    'waits. A restart ends it.',
  target: 'server',
  params: z.strictObject({ node, for: duration.describe('How long.') }),
  steps: onNodes,
  lastsMs: (params) => params.for,
  hits: isOpen,
  // What was said meanwhile comes late, or to nobody.
  expected: () => ({ ...NOTHING, delaysFrames: true }),
  inject({ params, server }) {
    const frozen = nodeOf(server, params.node);
    frozen.freeze(true);
    return () => frozen.freeze(false);
  },
});
