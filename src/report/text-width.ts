import { displayWidth } from './display-width.ts';
import { wrapped } from './format.ts';

export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}

/** Text in lines of at most that width; a word that is longer is broken. */
export function folded(text: string, width: number): string[] {
  return wrapped(text, width).flatMap((line) => broken(line, width));
}

function broken(line: string, width: number): string[] {
  const pieces = [''];
  let used = 0;
  for (const character of line) {
    used += displayWidth(character);
    if (used > width) {
      pieces.push('');
      used = displayWidth(character);
    }
    pieces[pieces.length - 1] += character;
  }
  return pieces;
}
