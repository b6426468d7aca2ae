import { loadScenario, type Scenario } from '../scenario/index.ts';
import { readInput } from '../simulate/input.ts';
import type { Problem } from '../yaml/problem.ts';
import { writeYaml } from '../yaml/write-yaml.ts';
import type { ScenarioInput } from './scenario-input.ts';

export interface GivenScenario {
  /** null: it was given as an object. */
  file: string | null;
  text: Uint8Array | string;
  loaded: { scenario: Scenario } | { problems: Problem[] };
}

/** @throws EnvironmentError for a file that can't be read */
export async function load(given: string | ScenarioInput): Promise<GivenScenario> {
  const file = typeof given === 'string' ? given : null;
  const text = typeof given === 'string' ? await readInput(given) : writeYaml(given);
  return { file, text, loaded: loadScenario(text, file) };
}
