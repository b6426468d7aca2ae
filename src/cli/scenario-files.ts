import { loadScenario, type Problem, type Scenario } from '../scenario/index.ts';
import { readInput } from '../simulate/input.ts';
import { printProblems } from './problems.ts';
import type { Shell } from './shell.ts';

export interface ScenarioText {
  file: string;
  text: Buffer;
  scenario: Scenario;
}

export type LoadedFile = ScenarioText | { file: string; problems: Problem[] };

/** Loads scenarios, with all mistakes of those that have some. */
export async function loadEach(files: string[], shell: Shell): Promise<LoadedFile[]> {
  const loaded: LoadedFile[] = [];
  for (const file of files) {
    const text = await readInput(file, shell.stdin);
    const result = loadScenario(text, file);
    loaded.push('scenario' in result ? { file, text, ...result } : { file, ...result });
  }
  return loaded;
}

/**
 * Loads scenarios, telling of every mistake in all of them; null where there was one. Nothing is
 * begun before all are sound.
 */
export async function loadAll(files: string[], shell: Shell): Promise<ScenarioText[] | null> {
  const loaded = await loadEach(files, shell);
  for (const one of loaded) if ('problems' in one) printProblems(one.problems, shell);
  return loaded.every((one) => 'scenario' in one) ? loaded : null;
}
