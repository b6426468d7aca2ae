import { statSync } from 'node:fs';
import { valueAt } from './paths.ts';
import { patternIn } from './patterns.ts';
import { headOf, linesOf } from './sniff.ts';
import type { Source } from './sources.ts';
import { unwrapLine } from './unwrap.ts';

/** What was said of logs that none of the lines they begin with has. */
export interface Unmatched {
  /** Fields, by their names in the mapping, and where they were looked for. */
  fields: [field: string, path: string][];
  /** Events, and what was to stand for them. */
  events: [event: string, value: string][];
  /** Lines that were looked at. */
  lines: number;
}

/**
 * Looks for what the format of logs maps, in the beginning of each; standard input and pipes can be read but
 * once, and so not here.
 *
 * @throws LogUnreadable
 */
export function findUnmatched(sources: readonly Source[]): Unmatched {
  const none: Unmatched = { fields: [], events: [], lines: 0 };
  const [first] = sources;
  if (first === undefined || !sources.every(({ file }) => isFile(file))) return none;
  const { map, events } = first.format;
  const unmatched = {
    fields: Object.entries(map),
    events: Object.entries(events).flatMap(([event, values]) =>
      values
        .filter((value) => patternIn(value) === undefined)
        .map((value): [string, string] => [event, value]),
    ),
  };
  let lines = 0;
  for (const { file } of sources) {
    if (unmatched.fields.length + unmatched.events.length === 0) return none;
    for (const line of linesOf(headOf(file))) {
      const unwrapped = unwrapLine(line);
      if (unwrapped.kind !== 'object') continue;
      lines += 1;
      unmatched.fields = unmatched.fields.filter(
        ([, path]) => valueAt(unwrapped.fields, path) === undefined,
      );
      unmatched.events = unmatched.events.filter(([, value]) => !line.includes(value));
    }
  }
  const fields = unmatched.fields.map(([field, path]): [string, string] => [field, path.join('.')]);
  return lines === 0 ? none : { ...unmatched, fields, lines };
}

const isFile = (file: string): boolean =>
  statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
