import { UserError } from '../model/user-error.ts';
import { formatProblem, type Problem } from '../yaml/problem.ts';

/**
 * Something around wsdiag is in the way: a directory that can't be written, a port that is taken, a
 * full disk. The message says what, where, and what to do.
 */
export class EnvironmentError extends UserError {
  override name = 'EnvironmentError';
}

/** A hostile file has as many mistakes as it likes. */
const MAX_PROBLEMS = 50;

/** Mistakes in a file of YAML; the message has a line for each of the first 50. */
abstract class FileError extends UserError {
  /** All of them, in the order of their places. */
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(toldProblems(problems).join('\n'));
    this.problems = problems;
  }
}

/** A scenario that can't be run. */
export class ScenarioError extends FileError {
  override name = 'ScenarioError';
}

/** A description of logs that can't be used. */
export class LogFormatError extends FileError {
  override name = 'LogFormatError';
}

export function toldProblems(
  problems: readonly Problem[],
  tell: (problem: Problem) => string = formatProblem,
): string[] {
  const told = problems.slice(0, MAX_PROBLEMS).map(tell);
  const more = problems.length - told.length;
  const file = problems[0]?.file ?? 'the scenario';
  return more > 0 ? [...told, `${file}: and ${more} more mistakes`] : told;
}

/** Runs a step, telling of the system's error as one of the environment. */
export function inEnvironment<T>(doing: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw environmentError(doing, error);
  }
}

export function environmentError(doing: string, error: unknown): EnvironmentError {
  return new EnvironmentError(`${doing}: ${(error as Error).message}`, { cause: error });
}
