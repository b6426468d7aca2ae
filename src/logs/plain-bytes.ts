/**
 * Plain text, four bytes at a time. A view has a word of zeros behind its text: no string goes on there, and
 * nothing that is looked for.
 */

const QUOTE = 0x22;

/** Bytes behind a text that may be looked at. */
export const WORD_BYTES = 4;

/** Bytes to be found again in a view: four at least. */
export interface Pattern {
  length: number;
  /** The last one ends with the bytes, and so may overlap the one before. */
  words: Int32Array;
}

export function patternAt(view: DataView, start: number, end: number): Pattern {
  const length = end - start;
  const words = Int32Array.from({ length: Math.ceil(length / WORD_BYTES) }, (_, index) =>
    view.getInt32(start + Math.min(WORD_BYTES * index, length - WORD_BYTES), true),
  );
  return { length, words };
}

export function isAt({ length, words }: Pattern, view: DataView, start: number): boolean {
  const last = words.length - 1;
  for (let index = 0, at = start; index < last; index++, at += WORD_BYTES) {
    if (view.getInt32(at, true) !== words[index]) return false;
  }
  return view.getInt32(start + length - WORD_BYTES, true) === words[last];
}

/** Where the string that goes on at `start` has its quote; -1 where it is not plain ASCII. */
export function stringEnd(view: DataView, start: number): number {
  let at = start;
  let marks = 0;
  for (; ; at += WORD_BYTES) {
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
