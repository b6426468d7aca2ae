/** A line that begins so is one of keys and values, as Go's slog, logrus and Heroku write them. */
const BEGINS = /^[A-Za-z_@][\w.@-]*=/;

/** A key begins behind a space: looked for at every letter, a long word would be read again from each. */
const PAIR = /(?:^|\s)([A-Za-z_@][\w.@-]*)=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))/g;

/** Fewer are words with an equals sign among them. */
const MIN_PAIRS = 3;
const MAX_PAIRS = 200;

/** The fields of a line of `key=value`, all of them text; undefined where it is none. */
export function logfmtFields(text: string): Record<string, unknown> | undefined {
  if (!BEGINS.test(text)) return undefined;
  const pairs = [...take(text.matchAll(PAIR), MAX_PAIRS)];
  if (pairs.length < MIN_PAIRS) return undefined;
  const fields: Record<string, unknown> = {};
  for (const [, key = '', quoted, bare] of pairs) {
    if (!Object.hasOwn(fields, key)) fields[key] = quoted?.replace(/\\(.)/g, '$1') ?? bare;
  }
  return fields;
}

function* take<T>(all: Iterable<T>, count: number): Generator<T> {
  let taken = 0;
  for (const one of all) {
    if (taken++ === count) return;
    yield one;
  }
}
