/** What a session id, or the beginning of one, stands for. */
export type Found =
  | { id: string }
  /** Several begin so: how many, and the first of them. */
  | { ambiguous: number; ids: string[] }
  /** None does: those that look most like it. */
  | { nearest: string[] };

const MAX_NAMED = 3;

/** The session with that id, or else the only one whose id begins so. */
export function findSession(wanted: string, ids: Iterable<string>): Found {
  const beginning: string[] = [];
  let beginnings = 0;
  const nearest: { id: string; likeness: number }[] = [];
  for (const id of ids) {
    if (id === wanted) return { id };
    if (id.startsWith(wanted)) {
      beginnings += 1;
      if (beginnings <= MAX_NAMED) beginning.push(id);
    } else if (beginnings === 0) {
      keep(nearest, { id, likeness: likeness(wanted, id) });
    }
  }
  const [only] = beginning;
  if (only === undefined) return { nearest: nearest.map(({ id }) => id) };
  return beginnings === 1 ? { id: only } : { ambiguous: beginnings, ids: beginning };
}

/** Those that look most like it. */
export function nearestTo(wanted: string, names: Iterable<string>): string[] {
  const nearest: { id: string; likeness: number }[] = [];
  for (const id of names) keep(nearest, { id, likeness: likeness(wanted, id) });
  return nearest.map(({ id }) => id);
}

/** Characters that two ids share at both ends: one mistyped leaves all the others. */
function likeness(one: string, other: string): number {
  const most = Math.min(one.length, other.length);
  let start = 0;
  while (start < most && one[start] === other[start]) start += 1;
  let end = 0;
  while (end < most - start && one.at(-1 - end) === other.at(-1 - end)) end += 1;
  return start + end;
}

function keep<T extends { likeness: number }>(best: T[], one: T): void {
  const last = best[MAX_NAMED - 1];
  if (last && last.likeness >= one.likeness) return;
  best.push(one);
  best.sort((a, b) => b.likeness - a.likeness).splice(MAX_NAMED);
}
