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

/** `flaky.yaml:12:9: unknown fault "dorp"; did you mean "drop"?`; without a file, `timeline[0].fault: unknown …`. */
export function formatProblem({ file, line, column, path, message }: Problem): string {
  const place = file === null ? path : `${printable(file)}:${line}:${column}`;
  return place === '' ? message : `${place}: ${message}`;
}
