import { expect, it } from 'vitest';
import { expectAgreement } from '../support/both-logs.ts';
import { firstOf } from '../support/thorough.ts';

it.each(firstOf(1, 2, 3))(
  'a server’s and a client’s log have what brute force finds: seed %i',
  async (seed) => {
    const { codes } = await expectAgreement(seed, { lines: 300, sessions: 15, edits: 12 });
    expect(codes.size).toBeGreaterThan(4);
  },
);
