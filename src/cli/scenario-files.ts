import fs from 'node:fs';
import { reasonOf } from '../history/index.ts';
import { formatProblem, loadScenario, type Problem, type Scenario } from '../scenario/index.ts';
import { UsageError } from './exit.ts';
import { printError } from './terminal.ts';

export interface ScenarioText {
  file: string;
  text: Buffer;
  scenario: Scenario;
}

/** Reads a file the user named; `-` is standard input. */
export function readInput(file: string): Buffer {
  try {
    return fs.readFileSync(file === '-' ? 0 : file);
  } catch (error) {
    throw new UsageError(`${file}: ${reasonOf(error)}`);
  }
}

/**
 * Loads scenarios, telling of every mistake in all of them; null where there was one. Nothing is
 * begun before all are sound.
 */
export function loadAll(files: string[]): ScenarioText[] | null {
  const loaded = files.map((file) => {
    const text = readInput(file);
    const result = loadScenario(text, file);
    if ('scenario' in result) return { file, text, scenario: result.scenario };
    printProblems(file, result.problems);
    return null;
  });
  return loaded.every((one) => one !== null) ? loaded : null;
}

/** A hostile file has as many mistakes as it likes. */
const MAX_PROBLEMS = 50;

function printProblems(file: string, problems: Problem[]): void {
  for (const problem of problems.slice(0, MAX_PROBLEMS)) printError(formatProblem(problem));
  const more = problems.length - MAX_PROBLEMS;
  if (more > 0) printError(`${file}: and ${more} more mistakes`);
}
