/** Keys and positions that lead to a value, from the top of the file. */
export type Path = readonly PropertyKey[];

/** A mistake at a key or at a value. A key that is not there stands for the map it misses from. */
export interface Complaint {
  path: Path;
  part: 'key' | 'value';
  message: string;
}

/** The value there, own properties only; undefined where there is none. */
export function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, step)
        ? (value as Record<PropertyKey, unknown>)[step]
        : undefined,
    root,
  );
}
