import { LineCounter } from 'yaml';
import type { Path } from './path.ts';
import { printable } from './printable.ts';

/** A place in a file. Line and column count from 1; without a file, as of an object, all three are null. */
export interface Place {
  file: string | null;
  line: number | null;
  column: number | null;
}

/** A mistake in a file of YAML. */
export interface Problem extends Place {
  /** Keys and positions in what the file says: `timeline[0].fault`; empty where it is no YAML, or about the whole. */
  path: string;
  /** One sentence: the value, what was expected, what to do. */
  message: string;
  /** The line that it is in, as it stands in the file; null without a file. */
  source: string | null;
}

/** A mistake at an offset in the file's text. */
export interface Mistake {
  offset: number;
  path?: Path;
  message: string;
}

/** `flaky.yaml:12:9: unknown fault "dorp"; did you mean "drop"?`; without a file, `timeline[0].fault: unknown …`. */
export function formatProblem({ file, line, column, path, message }: Problem): string {
  const place = file === null ? path : `${printable(file)}:${line}:${column}`;
  return place === '' ? message : `${place}: ${message}`;
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
