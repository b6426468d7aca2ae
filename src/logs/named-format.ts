import fs from 'node:fs';
import type { Problem } from '../yaml/problem.ts';
import { suggest } from '../yaml/suggest.ts';
import type { Description } from './description.ts';

/** How logs are to be read: what says so, and what it says; or why nothing does. */
export type NamedFormat =
  | { text: Uint8Array | string; description: Description }
  | { problems: Problem[] }
  | { unknown: string };

/**
 * The format of a name: a shipped one, or the file that says it.
 *
 * @param read a file's content
 * @throws what `read` throws
 */
export async function namedFormat(
  name: string,
  read: (file: string) => Uint8Array | string | Promise<Uint8Array | string>,
): Promise<NamedFormat> {
  // Loaded here: most commands are given none.
  const { FORMATS, formatText, isFormat, shippedFormat } = await import('./formats.ts');
  if (isFormat(name)) return { text: formatText(name), description: shippedFormat(name) };
  if (!/[./\\-]/.test(name) && !fs.existsSync(name)) {
    return { unknown: `there is no format and no file ${name}; ${suggest(name, FORMATS)}` };
  }
  const text = await read(name);
  const { loadDescription } = await import('./description-file.ts');
  const loaded = loadDescription(text, name);
  return 'value' in loaded ? { text, description: loaded.value } : loaded;
}
