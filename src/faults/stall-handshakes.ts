import * as z from 'zod';
import { defineFault, isOpen, NOTHING } from './fault.ts';
import { duration } from './fields.ts';

export const stallHandshakes = defineFault({
  summary: 'The server leaves upgrade requests without an answer; open connections stay.',
  target: 'server',
  params: z.strictObject({ for: duration.describe('How long.') }),
  lastsMs: (params) => params.for,
  hits: isOpen,
  expected: () => NOTHING,
  inject({ server }) {
    server.stallHandshakes(true);
    return () => server.stallHandshakes(false);
  },
});
