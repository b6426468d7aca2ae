import { expect, it } from 'vitest';
import { findSession } from '../../src/views/index.ts';

const IDS = ['abc-1', 'abc-2', 'abd', 'ab', 'xyz-9'];

it.each([
  ['abd', 'abd'],
  ['x', 'xyz-9'],
  // A whole id, though others begin so.
  ['ab', 'ab'],
])('%s is %s', (wanted, id) => {
  expect(findSession(wanted, IDS)).toEqual({ id });
});

it('names some of those that begin so', () => {
  expect(findSession('abc', IDS)).toEqual({ ambiguous: 2, ids: ['abc-1', 'abc-2'] });
  expect(findSession('', IDS)).toMatchObject({ ambiguous: 5, ids: ['abc-1', 'abc-2', 'abd'] });
});

it('names the ids that are alike, the most alike first', () => {
  const ids = ['11111111-aaaa', '22222222-bbbb', '22212222-bbbb', '33333333-cccc'];
  expect(findSession('2222z222-bbbb', ids)).toMatchObject({
    nearest: ['22222222-bbbb', '22212222-bbbb', expect.any(String)],
  });
  expect(findSession('anything', [])).toEqual({ nearest: [] });
});
