import { type Mistake, type Problem, toProblems } from './problem.ts';
import { ruleComplaints } from './rules.ts';
import { type Scenario, toScenario } from './scenario.ts';
import { scenarioFile } from './schema.ts';
import { schemaComplaints } from './sentences.ts';
import { decode, textMistake } from './text.ts';
import { readYaml, type Source } from './yaml.ts';

export type LoadResult = { scenario: Scenario } | { problems: Problem[] };

/**
 * Reads a scenario from the content of a file; `file` is its name in problems. Whatever the content
 * is, this returns: either the scenario, or every mistake in it, in the order of their places.
 */
export function loadScenario(content: Uint8Array | string, file: string): LoadResult {
  const text = decode(content);
  const unreadable = textMistake(content, text);
  if (unreadable) return { problems: toProblems(file, text, [unreadable]) };
  const { source, mistakes } = readYaml(text);
  if (source) dropEmptySections(source.value);
  const all = source ? [...mistakes, ...valueMistakes(source, mistakes)] : mistakes;
  return all.length > 0
    ? { problems: toProblems(file, text, all) }
    : { scenario: toScenario(scenarioFile.parse(source?.value)) };
}

const OPTIONAL_SECTIONS = ['server', 'timeline', 'expect'];

/** A section whose lines have all been taken out leaves its key; it says no more than no key. */
function dropEmptySections(file: unknown): void {
  if (typeof file !== 'object' || file === null) return;
  const sections = file as Record<string, unknown>;
  for (const name of OPTIONAL_SECTIONS) if (sections[name] === null) delete sections[name];
}

/** Mistakes in what the YAML says, where it could be read. */
function valueMistakes(source: Source, unreadable: readonly Mistake[]): Mistake[] {
  const known = new Set(unreadable.map(({ offset }) => offset));
  return [...schemaComplaints(source.value), ...ruleComplaints(source.value)]
    .map((complaint) => ({ offset: source.offsetOf(complaint), message: complaint.message }))
    .filter(({ offset }) => !known.has(offset));
}
