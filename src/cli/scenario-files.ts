import { formatProblem, loadScenario, type Problem, type Scenario } from '../scenario/index.ts';
import { readInput } from './input.ts';
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
  for (const file of files) texts.push({ file, text: await readInput(file, shell) });
  const loaded = texts.map(({ file, text }) => {
    const result = loadScenario(text, file);
    if ('scenario' in result) return { file, text, scenario: result.scenario };
    printProblems(file, result.problems, shell);
    return null;
  });
  return loaded.every((one) => one !== null) ? loaded : null;
}

/** A hostile file has as many mistakes as it likes. */
const MAX_PROBLEMS = 50;

/** @param file as it is named where there are more than can be told */
export function printProblems(file: string, problems: Problem[], shell: Shell): void {
  for (const problem of problems.slice(0, MAX_PROBLEMS)) shell.printError(formatProblem(problem));
  const more = problems.length - MAX_PROBLEMS;
  if (more > 0) shell.printError(`${file}: and ${more} more mistakes`);
}
