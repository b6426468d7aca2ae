import { expect, it } from 'vitest';
import { change, codesOf, judge, patched } from './judging.ts';
import { type Line, play } from './world.ts';

it('a line that is of no connection hides nothing of the one whose client_id it has', () => {
  const lines = play([[0, 'drop']]);
  const closed = lines.client.find(({ event }) => event === 'connection_closed') as Line;
  const twice = change(lines, 'client', (all) => all.toSpliced(-2, 0, closed));
  const { client_id } = closed;
  const named = patched(twice, 'client', { event: 'document_loaded' }, { client_id });
  expect(codesOf(judge(named))).toEqual(['close-orphaned']);
});
