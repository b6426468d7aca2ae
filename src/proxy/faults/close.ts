import * as z from 'zod';
import { isSendableCloseCode, MAX_REASON_BYTES, SERVICE_RESTART } from '../../core/close-codes.ts';
import { type CloseOptions, type ConnectionFault, connectionParams } from './fault.ts';

export const close: ConnectionFault<CloseOptions> = {
  kind: 'connection',
  logged: 'close',
  from: 'accepted',
  lasts: false,
  hitsSilent: () => false,
  params: connectionParams({
    code: z
      .int()
      .refine(
        isSendableCloseCode,
        'must be a close code that may be sent: 1000-1003, 1007-1014, 3000-4999',
      )
      .optional(),
    reason: z
      .string()
      .refine(
        (text) => Buffer.byteLength(text) <= MAX_REASON_BYTES,
        `must be at most ${MAX_REASON_BYTES} bytes`,
      )
      .optional(),
  }),
  expected: ({ code = SERVICE_RESTART }) => ({ client_close_code: code, server_close_code: code }),
  inject(connection, { code = SERVICE_RESTART, reason = '' }) {
    connection.close(code, reason);
  },
};
