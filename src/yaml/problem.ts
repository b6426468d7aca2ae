import { LineCounter } from 'yaml';
import { printable } from './printable.ts';

/** A place in a file. Line and column count from 1. */
export interface Place {
  file: string;
  line: number;
  column: number;
}

/** A mistake in a file of YAML. */
export interface Problem extends Place {
  /** One sentence: the value, what was expected, what to do. */
  message: string;
}

/** A mistake at an offset in the file's text. */
export interface Mistake {
  offset: number;
  message: string;
}

/** `flaky.yaml:12:9: unknown fault "dorp"; did you mean "drop"?` */
export function formatProblem({ file, line, column, message }: Problem): string {
  return `${printable(file)}:${line}:${column}: ${message}`;
}

/** The mistakes in the order of their places. */
export function toProblems(file: string, text: string, mistakes: readonly Mistake[]): Problem[] {
  const placeAt = createPlacer(file, text);
  return mistakes
    .toSorted((a, b) => a.offset - b.offset)
    .map(({ offset, message }) => ({ ...placeAt(offset), message }));
}

/** Tells the place of an offset in the file's text. */
export function createPlacer(file: string, text: string): (offset: number) => Place {
  const lines = countLines(text);
  return (offset) => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
}

function countLines(text: string): LineCounter {
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
    lines.addNewLine(at + 1);
  }
  return lines;
}
