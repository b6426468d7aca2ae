import { loadScenario, type Problem, type Scenario } from '../scenario/index.ts';
import { toldProblems } from '../simulate/errors.ts';
import { readInput } from '../simulate/input.ts';
import type { Shell } from './shell.ts';

export interface ScenarioText {
  file: string;
  text: Buffer;
  scenario: Scenario;
}

/**
 * Loads scenarios, telling of every mistake in all of them; null where there was one. Nothing is
 * begun before all are sound.
 */
export async function loadAll(files: string[], shell: Shell): Promise<ScenarioText[] | null> {
  const texts: { file: string; text: Buffer }[] = [];
  for (const file of files) texts.push({ file, text: await readInput(file, shell.stdin) });
  const loaded = texts.map(({ file, text }) => {
    const result = loadScenario(text, file);
    if ('scenario' in result) return { file, text, scenario: result.scenario };
    printProblems(result.problems, shell);
    return null;
  });
  return loaded.every((one) => one !== null) ? loaded : null;
}

export function printProblems(problems: readonly Problem[], shell: Shell): void {
  for (const line of toldProblems(problems)) shell.printError(line);
}
