import { EVENT_NAMES } from './events.ts';
import { FIELD_NAMES } from './field-names.ts';

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
  return parsePairs(text, 'field', FIELD_NAMES)
    .map(([field, path]) => ({ [field]: path.split('.') }))
    .reduce(mergeNames<string[]>, {});
}

/**
 * Events and what stands for them: `connection_closed=ws.close`.
 *
 * @throws MappingError
 */
export function parseEvents(text: string): EventValues {
  return parsePairs(text, 'event', EVENT_NAMES).reduce<EventValues>(
    (events, [name, value]) => addEvents(events, { [name]: [value] }),
    {},
  );
}

/** For canonical event names, the values that stand for them, each a text or a `/pattern/`. */
export type EventValues = Readonly<Record<string, readonly string[]>>;

/** What several of these options say together: an event may have several values. */
export function addEvents(one: EventValues, other: EventValues): EventValues {
  const added = Object.entries(other).map(
    ([name, values]) => [name, [...(one[name] ?? []), ...values]] as const,
  );
  return { ...one, ...Object.fromEntries(added) };
}

/**
 * What several of these options say together. Each field has one place: a second would silently take the
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

function parsePairs(
  text: string,
  what: string,
  known: readonly string[],
): [name: string, value: string][] {
  return text.split(',').map((pair) => {
    const equals = pair.indexOf('=');
    const name = pair.slice(0, Math.max(equals, 0)).trim();
    const value = pair.slice(equals + 1).trim();
    if (name === '' || value === '') {
      throw new MappingError(`"${pair}" is not of the form ${what}=…`);
    }
    if (!known.includes(name)) throw new MappingError(`unknown ${what} "${name}"`, { name, known });
    return [name, value];
  });
}
