import type { ClientAs } from '../core/habits.ts';
import type { Path } from '../yaml/path.ts';
import { readYaml } from '../yaml/read-yaml.ts';
import { decode } from '../yaml/text.ts';
import { SCENARIO_WORDS } from './load.ts';

export interface Overrides {
  seed?: number | undefined;
  clients?: number | undefined;
  as?: ClientAs | undefined;
}

/**
 * The text of a sound scenario with its seed, its number of clients or what they run in replaced. Everything else
 * stays as it was written, comments and layout included. To be loaded again: fewer clients may make a `count` too
 * large, and a page hears no pings.
 */
export function withOverrides(content: Uint8Array | string, overrides: Overrides): string {
  const { seed, clients, as } = overrides;
  let text = decode(content);
  // Each is added before a key that every scenario has.
  if (seed !== undefined) text = withValue(text, ['seed'], seed, 'duration');
  if (clients !== undefined) text = withValue(text, ['clients', 'count'], clients, 'count');
  if (as !== undefined) text = withValue(text, ['clients', 'as'], as, 'count');
  return text;
}

function withValue(text: string, path: string[], value: number | string, sibling: string): string {
  const { source } = readYaml(text, SCENARIO_WORDS);
  const range = source?.rangeOf(path);
  if (range) return `${text.slice(0, range[0])}${value}${text.slice(range[1])}`;
  if (!source) return text;
  const parent: Path = path.slice(0, -1);
  const key = source.offsetOf({ path: [...parent, sibling], part: 'key' });
  const inBraces = text[source.offsetOf({ path: parent, part: 'value' })] === '{';
  const indent = text.slice(text.lastIndexOf('\n', key - 1) + 1, key);
  const between = inBraces ? ', ' : `\n${indent}`;
  return `${text.slice(0, key)}${path.at(-1)}: ${value}${between}${text.slice(key)}`;
}
