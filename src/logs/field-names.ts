import { UNDERSTOOD } from '../model/record.ts';
import { isDurationName, parseSeconds, unitInName } from './durations.ts';
import { pathReader } from './paths.ts';

/** Fields that can be mapped, by the names they have in wsdiag's own logs. */
export const FIELD_NAMES = [
  ...UNDERSTOOD,
  'close_code',
  'close_reason',
  'was_clean',
  'duration_seconds',
  'opened_at',
  'closed_by',
  'remote_address',
  'session_verified',
  'parent_session_id',
  'navigation',
  'reason',
  'error',
  'http_status',
  'delay_ms',
  'backoff_attempt',
  'last_seen_sequence',
] as const;

type Fields = Record<string, unknown>;

const OF_WORDS = FIELD_NAMES.filter((field) => field.includes('_'));

/** What others call the id of a connection, which is new on each reconnect. */
const CONNECTION_IDS = ['connection_id', 'conn_id', 'socket_id'];

/** The names of a field by loggers' habits: `sessionId`, `sessionID`, `session.id`, `wsSessionId`. */
const spellingsOf = (field: string): string[] =>
  ['', 'ws_', 'websocket_'].flatMap((prefix) => {
    const name = `${prefix}${field}`;
    const camel = name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
    const dotted = `${prefix.replace('_', '.')}${field}`;
    return [name, dotted, camel, camel.replace(/Id$/, 'ID'), name.replaceAll('_', '.')];
  });

/** Fields by the names that other loggers' habits give them. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ...OF_WORDS.flatMap((field) => spellingsOf(field).map((name) => [name, field] as const)),
  ...[...CONNECTION_IDS.flatMap(spellingsOf), 'conn'].map((name) => [name, 'client_id'] as const),
]);

/** A name without what habits change, and more than is known as another spelling. */
const plainName = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .replace(/^(?:websocket|ws)(?=.)/, '');

/** OpenTelemetry's ids of a tab; its `session.id` is kept in localStorage, which all tabs share. */
const TAB_IDS = ['tab.id', 'browser.instance.id'];
const TABS = TAB_IDS.map((key) => {
  const words = key.split('.');
  return { key, first: words[0] as string, read: pathReader(words) };
});

/** Whether a key may stand for one of these fields beside their own names. */
export function otherNamesOf(fields: readonly string[]): (key: string) => boolean {
  const names = new Set([...fields, ...CONNECTION_IDS, 'conn'].map(plainName));
  return (key) =>
    names.has(plainName(key)) ||
    /duration|lifetime/i.test(key) ||
    TAB_IDS.includes(key.toLowerCase());
}

/** What a field is called within another, as ECS does it: `session: {id}`. */
const NESTED = OF_WORDS.map((field) => ({ field, words: field.split('_') }))
  .filter(({ words }) => words.length === 2)
  .map(({ field, words }) => ({
    field,
    first: words[0] as string,
    place: words.join('.'),
    read: pathReader(words),
  }));

/** Told what each field of a line is from. */
export type OnNamed = (field: string, from: string) => void;

/** By keys that logs had: they have few. */
const seen = new Map<string, string | null>();
const MAX_SEEN = 4096;

/** No name is longer; keys from outside may be. */
const LONGEST = 64;

/** The field that a key is another name of; null for none. */
function fieldNamed(key: string): string | null {
  if (key.length > LONGEST) return null;
  const known = seen.get(key);
  if (known !== undefined) return known;
  const named = ALIASES.get(key) ?? (isDurationName(key) ? 'duration_seconds' : null);
  const other = named === key ? null : named;
  if (seen.size < MAX_SEEN) seen.set(key, other);
  return other;
}

/**
 * Puts fields under the names that wsdiag knows them by, beside those they have: the known name comes first,
 * then another spelling of it.
 *
 * @param onNamed told of each, and of the key that it is from
 */
export function nameKnown(fields: Fields, onNamed?: OnNamed): void {
  for (const { key, first, read } of TABS) {
    const value = fields[key] ?? (isObject(fields[first]) ? read(fields) : undefined);
    put(fields, 'session_id', key, value, onNamed);
  }
  let hasNested = false;
  for (const key of Object.keys(fields)) {
    const field = fieldNamed(key);
    const value = fields[key];
    hasNested ||= isObject(value);
    if (field === null) continue;
    put(fields, field, key, field === 'duration_seconds' ? durationAt(key, value) : value, onNamed);
  }
  if (hasUnits(fields.duration)) {
    put(fields, 'duration_seconds', 'duration', parseSeconds(fields.duration), onNamed);
  }
  if (!hasNested) return;
  for (const { field, first, read, place } of NESTED) {
    if (isObject(fields[first])) put(fields, field, place, read(fields), onNamed);
  }
}

function put(fields: Fields, field: string, key: string, value: unknown, onNamed?: OnNamed): void {
  if (value === undefined || Object.hasOwn(fields, field)) return;
  fields[field] = value;
  onNamed?.(field, key);
}

/** In the unit that the name says; what can't be read stays what it is. */
const durationAt = (key: string, value: unknown): unknown =>
  parseSeconds(value, unitInName(key)) ?? value;

/** A name that says no unit is one where the text does: `"1m30s"`. */
const hasUnits = (value: unknown): boolean => typeof value === 'string' && /[a-zA-Z:]/.test(value);

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;
