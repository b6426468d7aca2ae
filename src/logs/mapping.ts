import { EVENT_NAMES } from './events.ts';

/** Fields that can be mapped, by the names they have in wsdiag's own logs. */
export const FIELD_NAMES = [
  'time',
  'event',
  'session_id',
  'connection_sequence',
  'client_id',
  'document_id',
  'close_code',
  'close_reason',
  'was_clean',
  'duration_seconds',
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

/** A `--map` or `--event` that can't be understood. */
export class MappingError extends Error {
  override readonly name = 'MappingError';
  /** The name that is not known, and those that are; null where it is the form that is wrong. */
  readonly unknown: { name: string; known: readonly string[] } | null;

  constructor(message: string, unknown: MappingError['unknown'] = null) {
    super(message);
    this.unknown = unknown;
  }
}

/**
 * Fields and where to find them: `session_id=ctx.session.id,time=ts`.
 *
 * @throws MappingError
 */
export function parseMapping(text: string): Record<string, string[]> {
  const paths = Object.entries(parsePairs(text, 'field', FIELD_NAMES));
  return Object.fromEntries(paths.map(([field, path]) => [field, path.split('.')]));
}

/**
 * Events and what stands for them: `connection_closed=ws.close`.
 *
 * @throws MappingError
 */
export function parseEvents(text: string): Record<string, string> {
  return parsePairs(text, 'event', EVENT_NAMES);
}

/**
 * What several of these options say together. Each name has one value: a second would silently take the
 * place of the first.
 *
 * @throws MappingError
 */
export function mergeNames<T>(
  one: Readonly<Record<string, T>>,
  other: Readonly<Record<string, T>>,
): Record<string, T> {
  const twice = Object.keys(other).find((name) => Object.hasOwn(one, name));
  if (twice !== undefined) {
    throw new MappingError(
      `${twice} is named twice, and can be but one thing; where logs differ, check each by itself`,
    );
  }
  return { ...one, ...other };
}

function parsePairs(text: string, what: string, known: readonly string[]): Record<string, string> {
  const pairs = text.split(',').map((pair) => {
    const equals = pair.indexOf('=');
    const name = pair.slice(0, Math.max(equals, 0)).trim();
    const value = pair.slice(equals + 1).trim();
    if (name === '' || value === '') {
      throw new MappingError(`"${pair}" is not of the form ${what}=…`);
    }
    if (!known.includes(name)) throw new MappingError(`unknown ${what} "${name}"`, { name, known });
    return { [name]: value };
  });
  return pairs.reduce(mergeNames<string>, {});
}

/**
 * What stands at a path of keys. A key may itself have dots in it: `['ctx', 'id']` is the key `ctx.id`
 * first, and then `id` within `ctx`.
 */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  if (path.length === 0) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  for (let length = path.length; length > 0; length--) {
    const key = path.slice(0, length).join('.');
    if (!Object.hasOwn(value, key)) continue;
    const found = valueAt((value as Record<string, unknown>)[key], path.slice(length));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Fields by the names that other loggers' habits give them: `sessionId`, `sessionID`, `session.id`. */
const ALIASES: ReadonlyMap<string, string> = new Map(
  FIELD_NAMES.filter((field) => field.includes('_')).flatMap((field) => {
    const camel = field.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
    const names = [camel, camel.replace(/Id$/, 'ID'), field.replaceAll('_', '.')];
    return names.map((name) => [name, field] as const);
  }),
);

const DURATIONS_MS = new Set(['duration_ms', 'durationMs']);
const ENDS_IN_MS = /(?:_ms|Ms|[_.]?millis|Millis)$/;

/**
 * Puts fields under the names that wsdiag knows them by, beside those they have. A mapped field comes
 * first, then the known name, then another spelling of it.
 */
export function nameFields(
  fields: Record<string, unknown>,
  map: Readonly<Record<string, readonly string[]>>,
): void {
  for (const key of Object.keys(fields)) {
    const field = DURATIONS_MS.has(key) ? 'duration_seconds' : ALIASES.get(key);
    if (field === undefined || Object.hasOwn(fields, field)) continue;
    fields[field] = inUnit(field, key, fields[key]);
  }
  // All are looked up before any is put: fields may be mapped to each other's names.
  const mapped = Object.entries(map).map(
    ([field, path]) => [field, inUnit(field, path.at(-1) ?? '', valueAt(fields, path))] as const,
  );
  for (const [field, value] of mapped) if (value !== undefined) fields[field] = value;
}

function inUnit(field: string, key: string, value: unknown): unknown {
  const isMs = field === 'duration_seconds' && typeof value === 'number' && ENDS_IN_MS.test(key);
  return isMs ? value / 1000 : value;
}
