import { expect, it } from 'vitest';
import { expectAgreement } from '../support/both-logs.ts';
import { BOTH_CODES } from '../support/brute-force-both.ts';

it('logs of both sides, of 10,000 lines and more of suspects, are found to have what brute force finds', async () => {
  const { suspects, codes } = await expectAgreement(1, { lines: 6000, sessions: 400, edits: 400 });
  expect(suspects).toBeGreaterThan(10_000);
  expect(codes).toEqual(BOTH_CODES);
});

it.each(Array.from({ length: 100 }, (_, seed) => seed))(
  'small ones are, too: seed %i',
  async (seed) => {
    await expectAgreement(seed, { lines: 200, sessions: 12, edits: 6 });
  },
);
