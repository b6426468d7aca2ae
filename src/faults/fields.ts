import * as z from 'zod';
import { isPageCloseCode, isSendableCloseCode, MAX_REASON_BYTES } from '../core/close-codes.ts';
import { DURATION, MAX_DURATION_MS, parseDuration } from '../core/duration.ts';

const DURATION_EXPECTED = 'a duration with its unit (ms, s, m or h), such as 1.5s';

/** A duration with its unit, up to a day: `250ms`, `1.5s`, `2m`, `1h`; milliseconds in code. */
export const duration = z
  .string({ error: DURATION_EXPECTED })
  .regex(DURATION, { error: DURATION_EXPECTED })
  .transform((text) => parseDuration(text) ?? 0)
  .refine((ms) => ms <= MAX_DURATION_MS, { error: 'a duration of at most 24h' })
  .meta({ title: 'duration' });

const PERCENT = /^(\d+(?:\.\d+)?)%$/;
const SHARE_EXPECTED = 'a share, such as 40% or 0.4';

/** A share: `40%`, or a number from 0 to 1; 0 to 1 in code. */
export const share = z
  .union(
    [
      z
        .number({ error: SHARE_EXPECTED })
        .min(0, { error: SHARE_EXPECTED })
        .max(1, { error: SHARE_EXPECTED }),
      z
        .string()
        .regex(PERCENT, { error: SHARE_EXPECTED })
        .transform((text) => Number(text.slice(0, -1)) / 100)
        .refine((value) => value <= 1, { error: SHARE_EXPECTED }),
    ],
    { error: SHARE_EXPECTED },
  )
  .meta({ title: 'share' });

/** Close codes a page may send (WHATWG WebSockets `close()`). */
export const pageCloseCode = z.int().refine(isPageCloseCode, {
  error: 'a close code a page may send: 1000, or 3000 to 4999',
});

export const closeCode = z.int().refine(isSendableCloseCode, {
  error: 'a close code that may be sent: 1000-1003, 1007-1014 or 3000-4999',
});

/** A close frame's reason: at most 123 bytes of UTF-8 (RFC 6455 §5.5). */
export const closeReason = z
  .string()
  .refine((text) => new TextEncoder().encode(text).length <= MAX_REASON_BYTES, {
    error: `a reason of at most ${MAX_REASON_BYTES} bytes`,
  });

/** More behind one balancer are a fleet, and no reference server. */
export const MAX_NODES = 16;

export const node = z
  .int()
  .min(1)
  .max(MAX_NODES)
  .optional()
  .describe('Number of the node it happens to, of `server.nodes`. Default: all of them, at once.');
