import { expect, it } from 'vitest';
import { isId } from '../../src/core/handshake.ts';
import { sessionIdOf } from '../../src/core/session-ids.ts';

it('is a UUID of version 4, the same for the same seed, client and place', () => {
  const id = sessionIdOf(7, 'client-3', 1);
  expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  expect(isId(id)).toBe(true);
  expect(sessionIdOf(7, 'client-3', 1)).toBe(id);
});

it('is another for each seed, client and place', () => {
  const ids = new Set<string>();
  for (let seed = 0; seed < 10; seed += 1)
    for (let client = 1; client <= 1000; client += 1)
      for (const nth of [1, 2]) ids.add(sessionIdOf(seed, `client-${client}`, nth));
  expect(ids.size).toBe(20_000);
  // Nor do they begin alike, as those of a poor generator would.
  expect(new Set([...ids].map((id) => id.slice(0, 13))).size).toBe(20_000);
});
