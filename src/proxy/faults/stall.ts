import { type HandshakeFault, handshakeTarget, type StallOptions } from './fault.ts';

export const stall: HandshakeFault<StallOptions> = {
  kind: 'handshake',
  logged: 'stall_handshakes',
  params: handshakeTarget,
  expected: () => ({}),
  does: () => 'stall',
};
