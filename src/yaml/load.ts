import type * as z from 'zod';
import { type Language, ONCE, schemaComplaints } from './complaints.ts';
import type { Complaint, Path } from './path.ts';
import { createPlacer, type Mistake, toProblems } from './placer.ts';
import type { Place, Problem } from './problem.ts';
import { readYaml, type Source } from './read-yaml.ts';
import { decode, type FileWords, textMistake } from './text.ts';

/** A kind of file: what may stand in it, and how its mistakes are told of. */
export interface FileKind<T> extends Language {
  schema: z.ZodType<T>;
  words: FileWords;
  /** Changes the value before the schema sees it. */
  prepare?(value: unknown): void;
  /** What the schema can't say. Silent where a part is wrong by itself. */
  rules?(value: unknown): Complaint[];
}

/** `placeOf`: where a key stands. */
export type Loaded<T> = { value: T; placeOf: (path: Path) => Place } | { problems: Problem[] };

/**
 * Reads a file's content; `file` is its name in problems, null for what is no file's. Whatever the content is, this
 * returns: either what the file says, or every mistake in it, in the order of their places.
 */
export function loadYaml<T>(
  kind: FileKind<T>,
  content: Uint8Array | string,
  file: string | null,
): Loaded<T> {
  const text = decode(content);
  const unreadable = textMistake(content, text, kind.words);
  if (unreadable) return { problems: toProblems(file, text, [unreadable]) };
  const { source, mistakes } = readYaml(text, kind.words);
  if (source) kind.prepare?.(source.value);
  const all = source ? [...mistakes, ...valueMistakes(kind, source, mistakes)] : mistakes;
  if (all.length > 0 || !source) return { problems: toProblems(file, text, all) };
  const placer = createPlacer(file, text);
  return {
    value: kind.schema.parse(source.value, ONCE),
    placeOf: (path) => placer(source.offsetOf({ path, part: 'key' })),
  };
}

/** Mistakes in what the YAML says, where it could be read. */
function valueMistakes<T>(
  kind: FileKind<T>,
  source: Source,
  unreadable: readonly Mistake[],
): Mistake[] {
  const known = new Set(unreadable.map(({ offset }) => offset));
  return [...schemaComplaints(kind, source.value), ...(kind.rules?.(source.value) ?? [])]
    .map((complaint) => ({
      offset: source.offsetOf(complaint),
      path: complaint.path,
      message: complaint.message,
    }))
    .filter(({ offset }) => !known.has(offset));
}
