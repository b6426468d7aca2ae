import { textOf } from '../paths.ts';
import { EVENT_FIELDS } from '../rules.ts';
import { isAboutConnections, templateOf } from './words.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Further names of what a line is about. */
const ABOUT = [...EVENT_FIELDS, 'evt', 'action', 'kind', 'op', 'event_type', 'eventType', 'status'];
const MAX_PATHS = 60;

/** The scalars of a line by their paths, two levels deep. */
export function scalarsOf(
  fields: Fields,
  prefix = '',
  depth = 0,
): [path: string, value: unknown][] {
  const found: [string, unknown][] = [];
  for (const [key, listed] of Object.entries(fields)) {
    // Headers are lists, mostly of one.
    const value = Array.isArray(listed) && listed.length === 1 ? listed[0] : listed;
    const path = `${prefix}${key}`;
    if (textOf(value) !== undefined) found.push([path, value]);
    else if (typeof value === 'object' && value !== null && !Array.isArray(value) && depth < 2) {
      found.push(...scalarsOf(value as Fields, `${path}.`, depth + 1));
    }
    if (found.length >= MAX_PATHS) break;
  }
  return found.slice(0, MAX_PATHS);
}

/** What lines of JSON that are alike have in common: what they are about, or else their keys. */
export function jsonTemplate(fields: Fields): string {
  const scalars = scalarsOf(fields);
  const named = scalars.filter(([path]) => ABOUT.includes(path.split('.').at(-1) ?? ''));
  const about =
    named.length > 0
      ? named
      : scalars.filter(([, value]) => typeof value === 'string' && isAboutConnections(value));
  return about.length > 0
    ? about.map(([path, value]) => `${path}=${templateOf(String(value))}`).join(' ')
    : Object.keys(fields).toSorted().join(' ');
}
