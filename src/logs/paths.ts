type Fields = Readonly<Record<string, unknown>>;

/** Looks up what stands at a path. */
export type PathReader = (value: unknown) => unknown;

/**
 * What stands at a path of keys. A key may itself have dots in it: `['ctx', 'id']` is the key `ctx.id`
 * first, and then `id` within `ctx`. In a list of keys and values, as OTLP has them, it is looked for by key.
 */
export function pathReader(path: readonly string[]): PathReader {
  if (path.length === 0) return plainOf;
  const ways = path
    .map((_, at) => ({
      key: path.slice(0, at + 1).join('.'),
      within: pathReader(path.slice(at + 1)),
    }))
    .reverse();
  return (value) => {
    if (typeof value !== 'object' || value === null) return undefined;
    for (const { key, within } of ways) {
      const inner = ownOf(value as Fields, key) ?? pairNamed(value, key);
      const found = inner === undefined ? undefined : within(inner);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

export const valueAt = (value: unknown, path: readonly string[]): unknown =>
  pathReader(path)(value);

const ownOf = (fields: Fields, key: string): unknown =>
  Object.hasOwn(fields, key) ? fields[key] : undefined;

function pairNamed(value: object, key: string): unknown {
  if (!Array.isArray(value)) return undefined;
  const pair = value.find((pair) => (pair as { key?: unknown } | null)?.key === key);
  return (pair as Fields | undefined)?.value;
}

/** OTLP's JSON names the type of a value: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
const TYPED = ['stringValue', 'intValue', 'doubleValue', 'boolValue'];

function plainOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  // Headers are lists, and mostly of one.
  if (Array.isArray(value)) return value.length === 1 ? value[0] : value;
  const keys = Object.keys(value);
  const [only = ''] = keys;
  return keys.length === 1 && TYPED.includes(only) ? (value as Fields)[only] : value;
}

/** A value as text that can be compared or matched; undefined for what is none. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
