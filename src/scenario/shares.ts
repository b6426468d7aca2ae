import type { ClientNumber } from './plan.ts';

/** The clients that one of several workers has: `client-first`, and every so many further. */
export interface Share {
  first: ClientNumber;
  every: number;
  clients: number;
}

/**
 * Deals a plan's clients to workers as cards are dealt, so that a ramp takes all workers alike.
 *
 * @param worker from 1
 */
export function shareOf(clients: number, worker: number, workers: number): Share {
  const dealt = Math.floor((clients - worker) / workers) + 1;
  return { first: worker, every: workers, clients: Math.max(0, dealt) };
}

/** The clients of a share, in order. */
export const clientsOf = ({ first, every, clients }: Share): ClientNumber[] =>
  Array.from({ length: clients }, (_, nth) => first + nth * every);
