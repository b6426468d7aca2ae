import type { Observe } from './observe.ts';

/** Sessions that are lost within a second of opening, several times in a row. */
export const flapping: Observe<'flapping'> = ({ flapping: { sessions, most, lines, codes } }) => {
  if (sessions === 0) return undefined;
  const inOrder = codes.toSorted(([code, count], [other, more]) => more - count || code - other);
  const close_codes = inOrder.map(([code]) => (code === 0 ? 'none' : `${code}`));
  return { details: { sessions, in_a_row: most, close_codes }, session: lines[0], lines };
};
