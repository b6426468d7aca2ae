import { randomFor } from './random.ts';

const HEX = 16;

/**
 * The id of a client's session in a run: a UUID of version 4, the same for the same seed, client and place among its
 * sessions, from 1.
 */
export function sessionIdOf(seed: number, client: string, nth: number): string {
  const random = randomFor(seed, `session/${client}#${nth}`);
  return 'xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx'.replaceAll(/[xy]/g, (place) => {
    const digit = Math.floor(random() * HEX);
    // RFC 9562: the variant's two bits are 10.
    return (place === 'x' ? digit : 8 + (digit % 4)).toString(HEX);
  });
}
