import { FINDING_CODES } from '../model/findings.ts';
import { OBSERVATION_NAMES } from '../model/observations.ts';
import { type FileKind, loadYaml } from '../yaml/load.ts';
import { type Path, valueAt } from '../yaml/path.ts';
import { toProblems } from '../yaml/placer.ts';
import type { Problem } from '../yaml/problem.ts';
import { readYaml } from '../yaml/read-yaml.ts';
import { decode, type FileWords } from '../yaml/text.ts';
import { METRIC_NAMES, otherPercentile } from './expectations.ts';
import { ruleComplaints } from './rules.ts';
import { type Scenario, toScenario } from './scenario.ts';
import { anyEntry, type ScenarioFile, scenarioFile } from './schema.ts';

export type LoadResult = { scenario: Scenario } | { problems: Problem[] };

/**
 * Reads a scenario from the content of a file; `file` is its name in problems, null for what is no file's. Whatever
 * the content is, this returns: either the scenario, or every mistake in it, in the order of their places.
 */
export function loadScenario(content: Uint8Array | string, file: string | null): LoadResult {
  const loaded = loadYaml(SCENARIO, content, file);
  if ('problems' in loaded) return loaded;
  const placeOf = (path: Path) => {
    const { line } = loaded.placeOf(path);
    return file === null || line === null ? undefined : { file, line };
  };
  return { scenario: toScenario(loaded.value, placeOf) };
}

/** A mistake that is known of a sound file's value only when it is used. */
export function problemAt(
  content: Uint8Array | string,
  file: string,
  path: Path,
  message: string,
): Problem {
  const text = decode(content);
  const { source } = readYaml(text, SCENARIO_WORDS);
  const offset = source?.offsetOf({ path, part: 'value' }) ?? 0;
  const [problem] = toProblems(file, text, [{ offset, path, message }]) as [Problem];
  return problem;
}

export const SCENARIO_WORDS: FileWords = {
  name: 'scenario',
  least: 'a name, a duration and clients',
  levels: 'five',
  shorten: 'repeat faults with "every" instead',
};

export const SCENARIO: FileKind<ScenarioFile> = {
  schema: scenarioFile,
  words: SCENARIO_WORDS,
  whole: 'a scenario',
  noun,
  unknownKey,
  rest: anyEntry,
  prepare: dropEmptySections,
  rules: ruleComplaints,
};

function noun(path: Path): string | undefined {
  const [parent, key] = path.slice(-2);
  if (key === 'fault') return 'fault';
  if (key === 'policy') return 'backoff policy';
  if (parent === 'defect') return 'defect';
  if (key === 'protocol' || parent === 'protocol') return 'protocol';
  return parent === 'findings' ? 'finding' : undefined;
}

function unknownKey(path: Path, key: string, root: unknown) {
  if (path[0] === 'timeline' && (key === 'share' || key === 'count')) {
    const fault = valueAt(root, [...path, 'fault']);
    return { message: `"${fault}" happens to the server, so it takes no "${key}"` };
  }
  if (path[0] !== 'expect') return { what: 'key' };
  const list = listOf(key);
  if (list !== undefined) return { message: list };
  const cure = otherPercentile(key);
  if (cure !== undefined) return { message: `unknown metric "${key}"; ${cure}` };
  return { what: 'metric', known: EXPECTED };
}

/** What belongs a level deeper. */
function listOf(key: string): string | undefined {
  if (OBSERVATION_NAMES.some((name) => name === key))
    return `"${key}" is an observation; write "observations: { ${key}: none }"`;
  if (FINDING_CODES.some((code) => code === key))
    return `"${key}" is a finding; write "findings: [${key}]"`;
  return undefined;
}

const EXPECTED = [...METRIC_NAMES, 'findings', 'observations'];

const OPTIONAL_SECTIONS = ['server', 'timeline', 'expect'];

/** A section whose lines have all been taken out leaves its key; it says no more than no key. */
function dropEmptySections(file: unknown): void {
  if (typeof file !== 'object' || file === null) return;
  const sections = file as Record<string, unknown>;
  for (const name of OPTIONAL_SECTIONS) if (sections[name] === null) delete sections[name];
}
