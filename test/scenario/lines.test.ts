import { expect, test } from 'vitest';
import { linesOf } from '../../src/scenario/index.ts';

test('linesOf has the lines of the keys that reports point at', () => {
  const text = `# why
name: x
duration: 1s
clients: { count: 1 }

timeline:
  - { at: 0s, fault: drop }
expect:
  losses: 1
  observations:
    waves: none
`;
  expect(linesOf(text)).toEqual({
    name: 2,
    duration: 3,
    clients: 4,
    timeline: 6,
    expect: 8,
    'expect.losses': 9,
    'expect.observations': 10,
    'expect.observations.waves': 11,
  });
});
