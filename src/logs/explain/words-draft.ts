import { eventLines, lines, meanings, ONE_SESSION, unassignedLines, yaml } from './draft.ts';
import { type Sample, wordsOf } from './samples.ts';
import { surest } from './words.ts';
import { namingPatternFor, patternFor } from './words-pattern.ts';

const MAX_PATTERNS = 12;

/** A description of lines of words; null where no word of them may stand for an event. */
export function ofWords(samples: readonly Sample[], others: readonly Sample[]): string | null {
  const guesses = surest(
    samples.flatMap(({ kind, line, fields }) => {
      const pattern = line.kind === 'words' && !fields ? patternFor(line.text) : undefined;
      return pattern === undefined ? [] : [{ ...pattern, kind }];
    }),
  );
  const sources = [...new Set(guesses.map(({ source }) => source))].slice(0, MAX_PATTERNS);
  const assigned = guesses.filter(({ source }) => sources.includes(source));
  if (assigned.length === 0) return null;
  const has = (field: string) => sources.some((source) => source.includes(`(?<${field}>`));
  if (has('client_id') && !has('session_id')) sources.push(...namingPatterns(samples, others));
  return lines([
    'name: mine',
    'pattern:',
    ...sources.map((source) => `  - ${yaml(source)}`),
    ...Object.entries(meanings(has('client_id'))).flatMap(([field, meaning]) =>
      has(field) ? [`# ${field}: ${meaning}`] : [],
    ),
    ...eventLines(assigned),
    ...unassignedLines(samples, assigned, wordsOf),
    ...(has('session_id') ? [] : ONE_SESSION),
  ]);
}

/** For lines that say whose a connection is, where those that open and close do not. */
function namingPatterns(...samples: (readonly Sample[])[]): string[] {
  const patterns = samples
    .flat()
    .flatMap(({ line }) => (line.kind === 'words' ? (namingPatternFor(line.text) ?? []) : []));
  return [...new Set(patterns)].slice(0, MAX_PATTERNS);
}
