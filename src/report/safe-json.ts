import { inert, sanitize } from './sanitize.ts';

/** Indented JSON, safe to print. */
export const safeJson = (value: unknown): string => safeLines(JSON.stringify(value, null, 2));

/**
 * JSON in which what `JSON.stringify` leaves as it is, but a terminal or a CI system would act on, is escaped
 * too; it parses to the same.
 */
export function safeLines(json: string): string {
  return json.split('\n').map(sanitize).map(inert).join('\n');
}
