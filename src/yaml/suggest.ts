/** Ends a message about an unknown name: with the name that was meant, or else with all names. */
export function suggest(unknown: string, known: readonly string[]): string {
  const nearest = closest(unknown, known);
  return nearest === undefined
    ? `expected one of ${known.join(', ')}`
    : `did you mean "${nearest}"?`;
}

/** The known name that is fewest edits away; undefined where all are too many. */
export function closest(unknown: string, known: readonly string[]): string | undefined {
  const limit = unknown.length <= 3 ? 1 : unknown.length <= 6 ? 2 : 3;
  return known
    .map((name) => ({ name, edits: edits(unknown, name, limit) }))
    .filter(({ edits }) => edits <= limit)
    .toSorted((a, b) => a.edits - b.edits)[0]?.name;
}

/**
 * Insertions, deletions, replacements and swaps of neighbours that make `b` of `a` (optimal string
 * alignment); Infinity where the lengths alone put it over the limit.
 */
function edits(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return Infinity;
  const table = Array.from({ length: a.length + 1 }, (_, i) => [i]);
  const cell = (i: number, j: number) => table[i]?.[j] ?? Infinity;
  for (let j = 1; j <= b.length; j++) table[0]?.push(j);
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const replaced = cell(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped =
        a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? cell(i - 2, j - 2) + 1 : Infinity;
      table[i]?.push(Math.min(replaced, swapped, cell(i - 1, j) + 1, cell(i, j - 1) + 1));
    }
  }
  return cell(a.length, b.length);
}
