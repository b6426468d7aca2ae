/**
 * Plain text, a word at a time. A view has some zeros behind its text: no string goes on there, and nothing
 * that is looked for.
 *
 * Sizes of words stand here as numbers: the engine looks a constant of another module up again in each round
 * of a loop.
 */

const QUOTE = 0x22;

/** Bytes behind a text that may be looked at. */
export const ZEROS_BEHIND = 8;

/** What is shorter can't be looked for. */
export const MIN_PATTERN_BYTES = 4;

/** Bytes to be found again in a view: plain text. */
export interface Pattern {
  length: number;
  /**
   * Eight bytes each, as a double: that of plain text is a number other than 0, and so equal to itself alone.
   * The last one ends with the bytes, and so may overlap the one before. None where there are fewer bytes.
   */
  words: Float64Array;
  /** The first four bytes, and the last. */
  head: number;
  tail: number;
}

export function patternAt(view: DataView, start: number, end: number): Pattern {
  const length = end - start;
  const count = length < 8 ? 0 : Math.ceil(length / 8);
  const words = Float64Array.from({ length: count }, (_, index) =>
    view.getFloat64(start + Math.min(8 * index, length - 8), true),
  );
  return { length, words, head: view.getInt32(start, true), tail: view.getInt32(end - 4, true) };
}

export function isAt(
  { length, words, head, tail }: Pattern,
  view: DataView,
  start: number,
): boolean {
  const last = words.length - 1;
  if (last < 0) {
    return view.getInt32(start, true) === head && view.getInt32(start + length - 4, true) === tail;
  }
  for (let index = 0, at = start; index < last; index++, at += 8) {
    if (view.getFloat64(at, true) !== words[index]) return false;
  }
  return view.getFloat64(start + length - 8, true) === words[last];
}

/** Where the string that goes on at `start` has its quote; -1 where it is not plain ASCII. */
export function stringEnd(view: DataView, start: number): number {
  let at = start;
  let marks = 0;
  for (; ; at += 4) {
    marks = marksOf(view.getInt32(at, true));
    if (marks !== 0) break;
  }
  const end = at + ((31 - Math.clz32(marks & -marks)) >> 3);
  return view.getUint8(end) === QUOTE ? end : -1;
}

/**
 * The highest bit of each byte that is a quote, a backslash, a control character or not ASCII. Such a byte
 * may have those above it marked too; the lowest mark is true.
 */
function marksOf(word: number): number {
  const quotes = (word ^ 0x22222222) - 0x01010101;
  const backslashes = (word ^ 0x5c5c5c5c) - 0x01010101;
  return (quotes | backslashes | (word - 0x20202020) | word) & 0x80808080;
}
