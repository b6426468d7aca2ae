import { EVENTS } from '../model/rows.ts';
import { otherNamesOf } from './field-names.ts';
import { patternIn } from './patterns.ts';
import { MIN_PATTERN_BYTES } from './plain-bytes.ts';
import { EVENT_FIELDS, eventNames } from './rules.ts';
import type { LogFormat } from './sources.ts';

/** Fields that are read. */
const FIELDS = [
  'time',
  'event',
  'session_id',
  'connection_sequence',
  'client_id',
  'close_code',
  'duration_seconds',
  'document_id',
  'session_verified',
  'was_clean',
  'closed_by',
  'reason',
  'navigation',
  'parent_session_id',
  'error',
] as const;

/**
 * What a key can be: one of the fields; passed over; or doubtful, where the parser might take it for one of
 * the fields, or for an envelope's. A key is known by its index here.
 */
export const KEYS = [...FIELDS, 'passed-over', 'doubtful'] as const;

const [DURATION, PASSED_OVER, DOUBTFUL] = (
  ['duration_seconds', 'passed-over', 'doubtful'] as const
).map((key) => KEYS.indexOf(key)) as [number, number, number];

/** Events that may be read so: those of sessions, but for faults. */
const PLAIN_EVENTS = EVENTS.filter(
  (event) =>
    event === 'session_started' || !/_(?:started|stopped)$|^(?:fault|target|worker)_/.test(event),
);

/** The field that a key stands for, by its name; undefined where that is the parser's business. */
export function plainFields({
  map,
  description,
}: LogFormat): ((key: string) => number) | undefined {
  if (description || map.opened_at) return undefined;
  const known = new Map<string, number>();
  for (const [field, name] of FIELDS.entries()) {
    const [key, ...deeper] = map[name] ?? [name];
    if (key === undefined || deeper.length > 0 || known.has(key)) return undefined;
    // Milliseconds are told by the name; and what stands for two fields is not plain.
    if (key !== name && (field === DURATION || isDoubtful(key))) return undefined;
    known.set(key, field);
  }
  return (key) => known.get(key) ?? (isDoubtful(key) ? DOUBTFUL : PASSED_OVER);
}

/**
 * What stands for each of the events that may be read so, by their indexes; undefined where one's name stands
 * for another.
 */
export function plainEvents(format: LogFormat): Map<number, string> | undefined {
  if (Object.values(format.events).some((values) => !isOneText(values))) return undefined;
  const eventNamed = eventNames(format);
  const names = new Map(
    PLAIN_EVENTS.map((event) => [EVENTS.indexOf(event), format.events[event]?.[0] ?? event]),
  );
  const areOwn = [...names].every(([event, name]) => eventNamed(name) === EVENTS[event]);
  // A name in quotes is looked for by words.
  const areLong = [...names.values()].every((name) => name.length + 2 >= MIN_PATTERN_BYTES);
  return areOwn && areLong ? names : undefined;
}

const isOneText = ([value = '', ...others]: readonly string[]): boolean =>
  others.length === 0 && patternIn(value) === undefined;

/** Whether the parser looks for an event under it where there is no field for one. */
export const mayNameEvent = (key: string): boolean => EVENT_FIELDS.includes(key);

/** A close that says when it opened has a duration by that. */
const isOtherName = otherNamesOf([...FIELDS, 'opened_at']);
const ENVELOPES: ReadonlySet<string> = new Set(['log', 'stream', 'MESSAGE', '__proto__']);

/** Other names of a field, and marks of an envelope, are left to the parser. */
function isDoubtful(key: string): boolean {
  return isOtherName(key) || ENVELOPES.has(key);
}
