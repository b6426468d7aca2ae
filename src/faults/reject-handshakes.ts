import * as z from 'zod';
import { defineFault, isOpen, NOTHING } from './fault.ts';
import { duration, share } from './fields.ts';

export const rejectHandshakes = defineFault({
  summary: 'The server refuses upgrades with an HTTP status; open connections stay.',
  target: 'server',
  params: z.strictObject({
    for: duration.describe('How long.'),
    status: z.int().min(400).max(599).default(503).describe('HTTP status.'),
    retry_after: duration.optional().describe('Sent as Retry-After, in whole seconds.'),
    share: share.prefault('100%').describe('Share of the handshakes that are refused.'),
  }),
  lastsMs: (params) => params.for,
  hits: isOpen,
  expected: () => NOTHING,
  inject({ params, server }) {
    const { status, retry_after, share } = params;
    const retryAfterSeconds = retry_after === undefined ? null : Math.ceil(retry_after / 1000);
    server.rejectHandshakes({ status, retryAfterSeconds, share });
    return () => server.rejectHandshakes(null);
  },
});
