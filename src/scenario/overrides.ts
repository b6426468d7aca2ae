import type { ClientAs } from '../core/habits.ts';
import type { Expectations } from '../model/metrics.ts';
import { UsageError } from '../model/user-error.ts';
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
  /** Bounds in place of those on the same metrics, and observations beside those that must not be made. */
  expect?: Expectations | undefined;
}

/** Of a target's fields, as a scenario writes them. */
export interface TargetOverrides {
  url?: string | undefined;
  command?: string | undefined;
  /** A file, or `stdout` or `stderr`. */
  log?: string | undefined;
  format?: string | undefined;
  protocol?: string | undefined;
  maxDialsPerSecond?: number | undefined;
}

/**
 * The text of a sound scenario with its seed, its number of clients or what they run in replaced. Everything else
 * stays as it was written, comments and layout included. To be loaded again: fewer clients may make a `count` too
 * large, and a page hears no pings.
 *
 * @throws UsageError where a metric is given two bounds
 */
export function withOverrides(content: Uint8Array | string, overrides: Overrides): string {
  const { seed, clients, as, target, expect } = overrides;
  let text = decode(content);
  // Each is added before a key that every scenario has.
  if (seed !== undefined) text = withValue(text, ['seed'], seed, 'duration');
  if (clients !== undefined) text = withValue(text, ['clients', 'count'], clients, 'count');
  if (as !== undefined) text = withValue(text, ['clients', 'as'], as, 'count');
  if (target !== undefined) text = withMap(text, 'target', (map) => withTarget(map, target));
  if (expect !== undefined) text = withMap(text, 'expect', (map) => withExpect(map, expect));
  return text;
}

function withMap(text: string, key: string, change: (written: Map) => Map): string {
  const written = valueAt(readYaml(text, SCENARIO_WORDS).source?.value, [key]);
  return withValue(text, [key], JSON.stringify(change(asMap(written))), 'duration');
}

type Map = Record<string, unknown>;

const asMap = (value: unknown): Map =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Map) : {};

function withExpect(written: Map, { bounds, observations }: Expectations): Map {
  const metrics = bounds.map(({ metric }) => metric);
  const twice = metrics.find((metric, index) => metrics.indexOf(metric) < index);
  if (twice !== undefined) throw new UsageError(`a run can have but one bound on ${twice}`);
  return {
    ...written,
    ...Object.fromEntries(bounds.map(({ metric, text }) => [metric, text])),
    ...(observations.length > 0 &&
      written.observations !== 'none' && {
        observations: {
          ...asMap(written.observations),
          ...Object.fromEntries(observations.map((name) => [name, 'none'])),
        },
      }),
  };
}

function withTarget(target: Map, overrides: TargetOverrides): Map {
  const { url, command, log, format, protocol, maxDialsPerSecond } = overrides;
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
    ...(maxDialsPerSecond && { max_dials_per_second: maxDialsPerSecond }),
  };
}

function withValue(text: string, path: string[], value: number | string, sibling: string): string {
  const { source } = readYaml(text, SCENARIO_WORDS);
  const range = source?.rangeOf(path);
  if (range) {
    // A map goes on to the end of its last line.
    const end = Math.max(range[0], text.slice(0, range[1]).trimEnd().length);
    // A key may stand alone.
    const gap = text[range[0] - 1] === ':' ? ' ' : '';
    return `${text.slice(0, range[0])}${gap}${value}${text.slice(end)}`;
  }
  if (!source) return text;
  const parent: Path = path.slice(0, -1);
  const key = source.offsetOf({ path: [...parent, sibling], part: 'key' });
  const inBraces = text[source.offsetOf({ path: parent, part: 'value' })] === '{';
  const indent = text.slice(text.lastIndexOf('\n', key - 1) + 1, key);
  const between = inBraces ? ', ' : `\n${indent}`;
  return `${text.slice(0, key)}${path.at(-1)}: ${value}${between}${text.slice(key)}`;
}
