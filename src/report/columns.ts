import { displayWidth, padded } from './text-width.ts';

const BETWEEN = 2;

/**
 * Rows of cells under a head. Columns for which there is no room stand below, beside the first two again: what all the
 * others are held against.
 */
export function columns(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  width: number,
): string[] {
  const all = [head, ...rows];
  const widths = head.map((_, index) =>
    Math.max(...all.map((row) => displayWidth(row[index] ?? ''))),
  );
  return fitting(widths, width).flatMap((shown, index) => [
    ...(index === 0 ? [] : ['']),
    ...all.map((row) =>
      shown
        .map((column) => padded(row[column] ?? '', widths[column] ?? 0))
        .join(' '.repeat(BETWEEN))
        .trimEnd(),
    ),
  ]);
}

/** Indices of columns that stand beside each other, at least one beside the first two. */
function fitting([label = 0, first = 0, ...others]: number[], width: number): number[][] {
  const tables: number[][] = [];
  let room = 0;
  others.forEach((needed, index) => {
    const table = tables.at(-1);
    room -= BETWEEN + needed;
    if (table && room >= 0) table.push(index + 2);
    else {
      tables.push([0, 1, index + 2]);
      room = width - label - first - needed - 2 * BETWEEN;
    }
  });
  return tables;
}
