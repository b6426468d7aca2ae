import { valueAt } from '../yaml/path.ts';
import { readYaml } from '../yaml/read-yaml.ts';
import { decode } from '../yaml/text.ts';
import { SCENARIO_WORDS } from './load.ts';

/** Keys of a sound scenario that reports point at, each with its line, from 1: `timeline`, `expect.recovery_p95`. */
export function linesOf(content: Uint8Array | string): Record<string, number> {
  const text = decode(content);
  const { source } = readYaml(text, SCENARIO_WORDS);
  const keysAt = (...path: string[]): string[][] => {
    const value = valueAt(source?.value, path);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.keys(value).map((key) => [...path, key])
      : [];
  };
  const paths = [...keysAt(), ...keysAt('expect'), ...keysAt('expect', 'observations')];
  const lineOf = (path: string[]): number =>
    text.slice(0, source?.offsetOf({ path, part: 'key' })).split('\n').length;
  return Object.fromEntries(paths.map((path) => [path.join('.'), lineOf(path)]));
}
