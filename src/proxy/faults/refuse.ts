import * as z from 'zod';
import { type HandshakeFault, handshakeTarget, type RefuseOptions } from './fault.ts';

export const refuse: HandshakeFault<RefuseOptions> = {
  kind: 'handshake',
  logged: 'reject_handshakes',
  params: handshakeTarget.extend({
    status: z.int().min(400).max(599).optional(),
    retryAfter: z.int().min(0).max(86_400).optional(),
  }),
  expected: () => ({}),
  does: ({ status = 503, retryAfter = null }) => ({ status, retryAfterSeconds: retryAfter }),
};
