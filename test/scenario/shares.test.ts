import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clientsOf, shareOf } from '../../src/scenario/shares.ts';

const sharesOf = (clients: number, workers: number) =>
  Array.from({ length: workers }, (_, index) => shareOf(clients, index + 1, workers));

describe('the shares of workers', () => {
  it.each([1, 2, 3, 7])('deal each client to one of %d', (workers) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), (clients) => {
        const dealt = sharesOf(clients, workers).flatMap(clientsOf);
        const all = Array.from({ length: clients }, (_, index) => index + 1);
        expect(dealt.toSorted((one, other) => one - other)).toEqual(all);
      }),
    );
  });

  it.each([1, 2, 3, 7])('are of one size, to a client, for %d', (workers) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), (clients) => {
        const sizes = sharesOf(clients, workers).map((share) => share.clients);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('leave nobody to a worker that there are too few clients for', () => {
    expect(sharesOf(2, 3).map(clientsOf)).toEqual([[1], [2], []]);
  });
});
