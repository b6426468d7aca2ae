import { inert, sanitize } from './sanitize.ts';

/**
 * Indented JSON. What `JSON.stringify` leaves as it is but a terminal or a CI system would act on is escaped too; it
 * parses to the same.
 */
export function safeJson(value: unknown): string {
  return JSON.stringify(value, null, 2).split('\n').map(sanitize).map(inert).join('\n');
}
