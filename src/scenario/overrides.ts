import type { ClientAs } from '../core/habits.ts';
import { type Path, valueAt } from '../yaml/path.ts';
import { readYaml } from '../yaml/read-yaml.ts';
import { decode } from '../yaml/text.ts';
import { SCENARIO_WORDS } from './load.ts';

export interface Overrides {
  seed?: number | undefined;
  clients?: number | undefined;
  as?: ClientAs | undefined;
  /** What of a target is said anew; the rest of it stays. */
  target?: TargetOverrides | undefined;
}

/** Of a target's fields, as a scenario writes them. */
export interface TargetOverrides {
  url?: string | undefined;
  command?: string | undefined;
  /** A file, or `stdout` or `stderr`. */
  log?: string | undefined;
  format?: string | undefined;
  protocol?: string | undefined;
}

/**
 * The text of a sound scenario with its seed, its number of clients or what they run in replaced. Everything else
 * stays as it was written, comments and layout included. To be loaded again: fewer clients may make a `count` too
 * large, and a page hears no pings.
 */
export function withOverrides(content: Uint8Array | string, overrides: Overrides): string {
  const { seed, clients, as, target } = overrides;
  let text = decode(content);
  // Each is added before a key that every scenario has.
  if (seed !== undefined) text = withValue(text, ['seed'], seed, 'duration');
  if (clients !== undefined) text = withValue(text, ['clients', 'count'], clients, 'count');
  if (as !== undefined) text = withValue(text, ['clients', 'as'], as, 'count');
  if (target !== undefined) {
    const written = valueAt(readYaml(text, SCENARIO_WORDS).source?.value, ['target']);
    text = withValue(text, ['target'], JSON.stringify(withTarget(written, target)), 'duration');
  }
  return text;
}

type Map = Record<string, unknown>;

const asMap = (value: unknown): Map =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Map) : {};

function withTarget(
  written: unknown,
  { url, command, log, format, protocol }: TargetOverrides,
): Map {
  const target = asMap(written);
  const named = typeof target.log === 'string' ? { from: target.log } : asMap(target.log);
  const { file: _file, from: _from, ...rest } = named;
  const place = log === 'stdout' || log === 'stderr' ? { from: log } : { file: log };
  const logged = {
    ...(log === undefined ? named : { ...rest, ...place }),
    ...(format && { format }),
  };
  return {
    ...target,
    ...(url && { url }),
    ...(command && { start: { ...asMap(target.start), command } }),
    ...(Object.keys(logged).length > 0 && { log: logged }),
    ...(protocol && { protocol }),
  };
}

function withValue(text: string, path: string[], value: number | string, sibling: string): string {
  const { source } = readYaml(text, SCENARIO_WORDS);
  const range = source?.rangeOf(path);
  if (range) {
    // A map goes on to the end of its last line.
    const end = text.slice(0, range[1]).trimEnd().length;
    return `${text.slice(0, range[0])}${value}${text.slice(end)}`;
  }
  if (!source) return text;
  const parent: Path = path.slice(0, -1);
  const key = source.offsetOf({ path: [...parent, sibling], part: 'key' });
  const inBraces = text[source.offsetOf({ path: parent, part: 'value' })] === '{';
  const indent = text.slice(text.lastIndexOf('\n', key - 1) + 1, key);
  const between = inBraces ? ', ' : `\n${indent}`;
  return `${text.slice(0, key)}${path.at(-1)}: ${value}${between}${text.slice(key)}`;
}
