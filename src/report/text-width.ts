import stringWidth from 'string-width';

const graphemes = new Intl.Segmenter();
/**
 * Letters of the West, punctuation, arrows, lines and blocks: a column each, whatever stands beside them. For most text
 * that is all, and to load what knows of the rest takes longer than many a command.
 */
const SINGLE =
  /^[ -~\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u2030-\u205e\u2190-\u21ff\u2500-\u259f\u2714\u2718]*$/;
/** Code points that are segmented at once: the time that it takes grows with the square of their number. */
const PIECE = /.{1,64}/gsu;

/** Columns that sanitized text takes on a terminal. */
export function displayWidth(text: string): number {
  if (SINGLE.test(text)) return text.length;
  let width = 0;
  for (const piece of pieces(text)) width += stringWidth(piece);
  return width;
}

/** Text cut to a width, with `…` for what is gone. What is far beyond the width is not looked at. */
export function cutTo(text: string, width: number): string {
  if (SINGLE.test(text.slice(0, width + 1)))
    return text.length > width ? `${text.slice(0, width - 1)}…` : text;
  let taken = 0;
  let kept = '';
  let beforeEllipsis = '';
  for (const piece of pieces(text)) {
    for (const { segment } of graphemes.segment(piece)) {
      taken += stringWidth(segment);
      if (taken > width) return `${beforeEllipsis}…`;
      kept += segment;
      if (taken < width) beforeEllipsis = kept;
    }
  }
  return text;
}

export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}

/** Breaks text at spaces, so that no line but one long word is wider than `width`. */
export const wrapped = (text: string, width: number): string[] =>
  text.split('\n').flatMap((line) => linesOf(line.split(' '), width, (word) => [word]));

/** Text in lines of at most that width; a word that is longer is broken. */
export const folded = (text: string, width: number): string[] =>
  text.split('\n').flatMap((line) => linesOf(line.split(' '), width, graphemesOf));

/** `parts`: of a word that is wider than a line. */
function linesOf(words: string[], width: number, parts: (word: string) => string[]): string[] {
  const lines: string[] = [];
  let line = '';
  let taken = 0;
  const add = (part: string, gap: string) => {
    const columns = displayWidth(part);
    if (line !== '' && taken + gap.length + columns > width) {
      lines.push(line.trimEnd());
      line = part;
      taken = columns;
    } else {
      line += gap + part;
      taken += gap.length + columns;
    }
  };
  for (const word of words) {
    const [first = '', ...rest] = displayWidth(word) > width ? parts(word) : [word];
    if (first !== '' || line !== '') add(first, line === '' ? '' : ' ');
    for (const part of rest) add(part, '');
  }
  return [...lines, line.trimEnd()];
}

function graphemesOf(text: string): string[] {
  const all: string[] = [];
  for (const piece of pieces(text)) {
    for (const { segment } of graphemes.segment(piece)) all.push(segment);
  }
  return all;
}

/** Text in pieces of whole graphemes, but where one is longer than a piece. */
function* pieces(text: string): Generator<string> {
  let rest = '';
  for (const [points] of text.matchAll(PIECE)) {
    const piece = rest + points;
    // The last one may go on in the next piece.
    const last = graphemes.segment(piece).containing(piece.length - 1)?.index;
    const end = last || piece.length;
    yield piece.slice(0, end);
    rest = piece.slice(end);
  }
  yield rest;
}
