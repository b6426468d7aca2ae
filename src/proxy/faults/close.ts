import * as z from 'zod';
import { MAX_REASON_BYTES } from '../../core/close-codes.ts';
import { type CloseOptions, type ConnectionFault, connectionTarget } from './fault.ts';

/** A server that restarts. */
const DEFAULT_CODE = 1012;

export const close: ConnectionFault<CloseOptions> = {
  kind: 'connection',
  logged: 'close',
  from: 'accepted',
  lasts: false,
  params: z.strictObject({
    ...connectionTarget,
    code: z
      .int()
      .refine(mayBeSent, 'must be a close code that may be sent: 1000-1003, 1007-1014, 3000-4999')
      .optional(),
    reason: z
      .string()
      .refine(
        (text) => Buffer.byteLength(text) <= MAX_REASON_BYTES,
        `must be at most ${MAX_REASON_BYTES} bytes`,
      )
      .optional(),
  }),
  expected: ({ code = DEFAULT_CODE }) => ({ client_close_code: code, server_close_code: code }),
  inject(connection, { code = DEFAULT_CODE, reason = '' }) {
    connection.close(code, reason);
  },
};

/** RFC 6455, 7.4, and the IANA registry. */
function mayBeSent(code: number): boolean {
  const isOfProtocol = code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code);
  return isOfProtocol || (code >= 3000 && code <= 4999);
}
