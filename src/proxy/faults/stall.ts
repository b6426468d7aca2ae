import * as z from 'zod';
import { type HandshakeFault, handshakeTarget, type StallOptions } from './fault.ts';

export const stall: HandshakeFault<StallOptions> = {
  kind: 'handshake',
  logged: 'stall_handshakes',
  params: z.strictObject(handshakeTarget),
  expected: () => ({}),
  does: () => 'stall',
};
