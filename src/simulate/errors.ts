import { UserError } from '../model/user-error.ts';

/**
 * Something around wsdiag is in the way: a directory that can't be written, a port that is taken, a
 * full disk. The message says what, where, and what to do.
 */
export class EnvironmentError extends UserError {
  override name = 'EnvironmentError';
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
