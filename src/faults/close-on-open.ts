import * as z from 'zod';
import { defineFault, isOpen, NOTHING } from './fault.ts';
import { closeCode, duration, share } from './fields.ts';

export const closeOnOpen = defineFault({
  summary:
    'The server accepts upgrades, and closes their connections at once, before the welcome; open connections stay.',
  target: 'server',
  params: z.strictObject({
    for: duration.describe('How long.'),
    code: closeCode.default(1013).describe('Close code.'),
    share: share.prefault('100%').describe('Share of the connections that are closed.'),
  }),
  lastsMs: (params) => params.for,
  hits: isOpen,
  expected: () => NOTHING,
  inject({ params: { code, share }, server }) {
    server.closeOnOpen({ code, share });
    return () => server.closeOnOpen(null);
  },
});
