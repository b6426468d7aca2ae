import { isSequence, isToken } from '../core/handshake.ts';
import type { Taken } from '../core/host.ts';
import type { Message } from '../core/protocol.ts';

/** A server of one's own may write ids as it likes, and count them. */
const MAX_ID = 256;

/** undefined for what is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A message's map; undefined for any other message. */
export function mapIn(message: Message): Record<string, unknown> | undefined {
  const value = typeof message === 'string' ? parseJson(message) : undefined;
  return isMap(value) ? value : undefined;
}

export function idIn(value: unknown): string | null {
  if (typeof value === 'number') return `${value}`;
  return typeof value === 'string' && value !== '' && value.length <= MAX_ID ? value : null;
}

/** What a server's answer tells of the connection, under wsdiag's own names, if anything. */
export function takenBy(answer: unknown, told: Partial<Taken> = {}): Taken {
  const { client_id, last_seen_sequence, reconnect_token } = isMap(answer) ? answer : {};
  return {
    client_id: idIn(client_id),
    last_seen_sequence: isSequence(last_seen_sequence) ? last_seen_sequence : 0,
    reconnect_token: isToken(reconnect_token) ? reconnect_token : null,
    ping_interval_ms: null,
    ...told,
  };
}

/** A message as an error quotes it. */
export const quoted = (message: Message): string =>
  typeof message === 'string' ? JSON.stringify(message.slice(0, 60)) : `${message.length} bytes`;

/** What a server said went wrong; what it did not say, in other words. */
export const saidIn = (value: unknown, otherwise = 'no reason given'): string =>
  typeof value === 'string' && value !== '' ? value : otherwise;
