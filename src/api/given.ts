import type { Expectations } from '../model/metrics.ts';
import { UsageError } from '../model/user-error.ts';
import { expectationOf } from '../scenario/expectations.ts';

/** One text, or several. */
export type Strings = string | readonly string[];

export const textsOf = (given: Strings = []): readonly string[] =>
  typeof given === 'string' ? [given] : given;

/**
 * What several texts say together; undefined where there is none.
 *
 * @throws UsageError that begins with the option's name
 */
export function parsed<T>(
  option: string,
  texts: readonly string[],
  parse: (text: string, previous?: T) => T,
): T | undefined {
  try {
    return texts.reduce<T | undefined>((previous, text) => parse(text, previous), undefined);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${option}: ${error.message}`, { cause: error });
  }
}

export const expectationsOf = (given: Strings | undefined): Expectations | undefined =>
  parsed('expect', textsOf(given), expectationOf);
