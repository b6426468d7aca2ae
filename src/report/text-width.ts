import { wrapped } from './format.ts';

/** Characters that take two columns, as far as there are any to expect in logs. */
const WIDE =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\uff01-\uff60]/u;
const NO_WIDTH = /\p{Mn}/u;

/** Columns that text takes in a terminal. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    if (character <= '~') width += 1;
    else if (!NO_WIDTH.test(character)) width += WIDE.test(character) ? 2 : 1;
  }
  return width;
}

export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)));
}

/** Text in lines of at most that width; a word that is longer is broken. */
export function folded(text: string, width: number): string[] {
  return wrapped(text, width).flatMap((line) => broken(line, width));
}

function broken(line: string, width: number): string[] {
  const pieces = [''];
  let used = 0;
  for (const character of line) {
    used += textWidth(character);
    if (used > width) {
      pieces.push('');
      used = textWidth(character);
    }
    pieces[pieces.length - 1] += character;
  }
  return pieces;
}
