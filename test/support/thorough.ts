import { describe, it } from 'vitest';

/**
 * What `npm run test:long` tries all of, and `npm test` a share of. A test file that imports this is run by
 * both.
 */
export const isThorough = process.env.WSDIAG_THOROUGH === '1';

/** A test that is too long for `npm test`. */
export function itThoroughly(name: string, test: () => unknown): void {
  if (isThorough) it(name, test);
}

/** Long tests on a server that is no package of npm's. `versionOf`: null where it is not installed. */
export function against(server: string, versionOf: () => string | null, tests: () => void): void {
  if (!isThorough) return;
  const version = versionOf();
  if (version === null) it.skip(`${server} is not installed, so nothing ran on it`);
  else describe(`against ${server} ${version}`, tests);
}

/** How often a property is tried on random input: so often, or a sixtieth of that. */
export const runs = (thorough: number): number =>
  isThorough ? thorough : Math.ceil(thorough / 60);

/** All of them, or the first. */
export const firstOf = <T>(...all: T[]): T[] => (isThorough ? all : all.slice(0, 1));

/** All of them, or the first of each kind. */
export function oneOfEach<T>(all: Iterable<T>, kindOf: (one: T) => unknown): T[] {
  const list = [...all];
  if (isThorough) return list;
  return [...new Map(list.toReversed().map((one) => [kindOf(one), one])).values()].toReversed();
}
