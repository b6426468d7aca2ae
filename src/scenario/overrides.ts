import { decode } from './text.ts';
import { readYaml } from './yaml.ts';

export interface Overrides {
  seed?: number | undefined;
  clients?: number | undefined;
}

/**
 * The text of a sound scenario with its seed or its number of clients replaced. Everything else
 * stays as it was written, comments and layout included. To be loaded again: fewer clients may make
 * a `count` too large.
 */
export function withOverrides(content: Uint8Array | string, overrides: Overrides): string {
  const { seed, clients } = overrides;
  let text = decode(content);
  if (seed !== undefined) text = replaced(text, ['seed'], seed) ?? withSeed(text, seed);
  if (clients !== undefined) text = replaced(text, ['clients', 'count'], clients) ?? text;
  return text;
}

function replaced(text: string, path: string[], value: number): string | undefined {
  const range = readYaml(text).source?.rangeOf(path);
  return range && `${text.slice(0, range[0])}${value}${text.slice(range[1])}`;
}

/** Adds the seed before the duration, which every scenario has. */
function withSeed(text: string, seed: number): string {
  const { source } = readYaml(text);
  if (!source) return text;
  const key = source.offsetOf({ path: ['duration'], part: 'key' });
  const inBraces = text[source.offsetOf({ path: [], part: 'value' })] === '{';
  const indent = text.slice(text.lastIndexOf('\n', key - 1) + 1, key);
  return `${text.slice(0, key)}seed: ${seed}${inBraces ? ', ' : `\n${indent}`}${text.slice(key)}`;
}
