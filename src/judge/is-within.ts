import type { Attempt } from './attempt.ts';
import type { Facts } from './facts.ts';
import type { Session } from './session.ts';

/**
 * Whether that log would tell of the connection if it had been there. One that does not begin with its
 * process does so for what lies between connections that it tells of. A client's tells of its own sessions.
 */
export function isWithin(
  log: 'server' | 'client',
  { client, span }: Session,
  { number }: Attempt,
  facts: Facts,
): boolean {
  if (facts.isBounded(log)) {
    // A run's log of clients is that of all of them.
    return log === 'server' || facts.logs.has('faults') || client.length > 0;
  }
  const { lowest, highest } = span[log];
  return lowest < number && number < highest;
}
