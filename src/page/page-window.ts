/**
 * The window of a page, as far as it is asked for anything. Of a real one each part may be missing, or throw when it
 * is looked at: locks and UUIDs where the page came over plain http, the storage where the user has blocked it.
 */
export type PageWindow = Window & typeof globalThis;

/** What that gives, or undefined where it throws. */
export function attempted<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

/** A version 4 UUID, of plain http pages too, which have no `crypto.randomUUID`. */
export function randomUUID({ crypto }: PageWindow): string {
  if (crypto.randomUUID) return crypto.randomUUID();
  // A dash's place has the digit that RFC 9562 fixes, or is left to chance.
  return '10000000-1000-4000-8000-100000000000'.replace(/[018]/g, (digit) => {
    const [byte = 0] = crypto.getRandomValues(new Uint8Array(1));
    return (Number(digit) ^ (byte & (15 >> (Number(digit) / 4)))).toString(16);
  });
}
