import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';

const graphemes = new Intl.Segmenter();
/** Code points that are segmented at once: the time that it takes grows with the square of their number. */
const PIECE = /.{1,64}/gsu;

/** Columns that sanitized text takes on a terminal. */
export function displayWidth(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  let width = 0;
  for (const piece of pieces(text)) width += stringWidth(piece);
  return width;
}

/** Text cut to a width, with `…` for what is gone. What is far beyond the width is not looked at. */
export function cutTo(text: string, width: number): string {
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
export function wrapped(text: string, width: number): string[] {
  return wrapAnsi(text, width).split('\n');
}

/** Text in lines of at most that width; a word that is longer is broken. */
export function folded(text: string, width: number): string[] {
  return wrapAnsi(text, width, { hard: true }).split('\n');
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
