type Column = Float64Array | Int32Array | Uint32Array | Uint8Array;

/** Sessions that columns have room for at first; small logs are many. */
export const FIRST_CAPACITY = 1024;

/** A copy with room for more. */
export function grown<C extends Column>(column: C, capacity: number): C {
  const larger = new (column.constructor as new (length: number) => C)(capacity);
  larger.set(column);
  return larger;
}
