import { LineCounter } from 'yaml';
import type { Path } from './path.ts';
import type { Place, Problem } from './problem.ts';

/** A mistake at an offset in the file's text. */
export interface Mistake {
  offset: number;
  path?: Path;
  message: string;
}

/** The mistakes in the order of their places. */
export function toProblems(
  file: string | null,
  text: string,
  mistakes: readonly Mistake[],
): Problem[] {
  const placeAt = createPlacer(file, text);
  return mistakes
    .toSorted((a, b) => a.offset - b.offset)
    .map(({ offset, path = [], message }) => ({
      ...placeAt(offset),
      path: pathText(path),
      message,
      source: file === null ? null : lineAt(text, offset),
    }));
}

/** Tells the place of an offset in the file's text. */
export function createPlacer(file: string | null, text: string): (offset: number) => Place {
  const lines = countLines(text);
  return (offset) => {
    const { line, col } = lines.linePos(offset);
    return file === null ? { file, line: null, column: null } : { file, line, column: col };
  };
}

function lineAt(text: string, offset: number): string {
  const start = offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
  const end = text.indexOf('\n', start);
  return text.slice(start, end < 0 ? undefined : end).replace(/\r$/, '');
}

const pathText = (path: Path): string =>
  path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '');

function countLines(text: string): LineCounter {
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
    lines.addNewLine(at + 1);
  }
  return lines;
}
