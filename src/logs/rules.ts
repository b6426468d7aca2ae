import { type Description, type FieldSource, NO_DESCRIPTION, NO_SOURCE } from './description.ts';
import { parseSeconds, unitInName } from './durations.ts';
import { eventNamed } from './events.ts';
import { nameKnown, type OnNamed } from './field-names.ts';
import { pathReader, textOf } from './paths.ts';
import { compilePattern, type Pattern, patternIn } from './patterns.ts';
import type { LogFormat } from './sources.ts';
import { parseTime } from './times.ts';

type Fields = Record<string, unknown>;

/** Fields that may name an event. */
export const EVENT_FIELDS: readonly string[] = ['event', 'msg', 'message', 'name', 'type'];

/** How a log is to be read: what its description says, and above it the command line. */
export function descriptionOf({ map, events, patterns, description }: LogFormat): Description {
  const base = description ?? NO_DESCRIPTION;
  const { time, event, ...fields } = map;
  const said = Object.entries(fields).map(([field, path]) => [field, sourceAt(path)] as const);
  return {
    ...base,
    patterns: patterns?.length ? patterns : base.patterns,
    time: time ? { ...base.time, from: [time.join('.')] } : base.time,
    event: event ? [event.join('.')] : base.event,
    events: { ...base.events, ...events },
    fields: { ...base.fields, ...Object.fromEntries(said) },
  };
}

const sourceAt = (path: readonly string[]): FieldSource => ({
  ...NO_SOURCE,
  from: [path.join('.')],
});

/** What a description makes of lines. */
export interface Rules {
  /** Lines may be of words. */
  hasPatterns: boolean;
  /** The fields that a line of words has; undefined where no pattern matches. */
  ofWords(text: string): Fields | undefined;
  /** Adds what the words before a record say. */
  addPrefix(fields: Fields, prefix: string): void;
  isAbout(fields: Fields): boolean;
  /** The event that a line names, and its fields as its name's pattern tells them. */
  eventOf(fields: Fields, onNamed?: OnNamed): string | undefined;
  /** Puts fields under the names that wsdiag knows them by, beside those they have. */
  name(fields: Fields, onNamed?: OnNamed): void;
  /** Of times that don't say theirs. */
  zone: string | null;
  saysWhatCloses: boolean;
}

export function createRules(format: LogFormat): Rules {
  const description = descriptionOf(format);
  const patterns = description.patterns.map(compilePattern);
  const named = eventFinder(description.events);
  const places = description.event.map((place) => ({ place, read: readerOf(place) }));
  const conditions = conditionsOf(description.where);
  const naming = namingOf(description);

  const firstMatch = (text: string): Fields | undefined => {
    for (const pattern of patterns) {
      const groups = pattern.exec(text);
      if (groups !== null) return groups;
    }
    return undefined;
  };

  return {
    hasPatterns: patterns.length > 0,
    ofWords: firstMatch,
    addPrefix(fields, prefix) {
      if (prefix === '' || patterns.length === 0) return;
      for (const [name, value] of Object.entries(firstMatch(prefix) ?? {})) {
        if (!Object.hasOwn(fields, name)) fields[name] = value;
      }
    },
    isAbout: (fields) => conditions.every((condition) => condition(fields)),
    eventOf(fields, onNamed) {
      for (const { place, read } of places) {
        const value = read(fields);
        if (value === undefined || value === null) continue;
        const event = named(value, fields);
        if (event !== undefined) onNamed?.('event', place);
        return event;
      }
      for (const field of EVENT_FIELDS) {
        const event = named(fields[field], fields);
        if (event === undefined) continue;
        onNamed?.('event', field);
        return event;
      }
      return undefined;
    },
    name: naming,
    zone: description.time.zone,
    saysWhatCloses: description.events.connection_closed !== undefined,
  };
}

const readerOf = (path: string) => pathReader(path.split('.'));

type EventFinder = (value: unknown, fields: Fields) => string | undefined;

/** What stands for an event by its text comes first, then patterns, then the known spellings. */
function eventFinder(events: Description['events']): EventFinder {
  const texts = new Map<string, string>();
  const patterns: [Pattern, string][] = [];
  for (const [event, values] of Object.entries(events)) {
    for (const value of values) {
      const pattern = patternIn(value);
      if (pattern === undefined) texts.set(value, event);
      else patterns.push([compilePattern(pattern), event]);
    }
  }
  return (value, fields) => {
    const text = textOf(value);
    if (text === undefined) return undefined;
    const told = texts.get(text);
    if (told !== undefined) return told;
    for (const [pattern, event] of patterns) {
      const groups = pattern.exec(text);
      if (groups === null) continue;
      Object.assign(fields, groups);
      return event;
    }
    return typeof value === 'string' ? eventNamed(value) : undefined;
  };
}

/** Which event it is that a value names in logs of that format. */
export function eventNames(format: LogFormat): (name: unknown) => string | undefined {
  const named = eventFinder(descriptionOf(format).events);
  return (name) => named(name, {});
}

type Condition = (fields: Fields) => boolean;

export function conditionsOf(where: Description['where']): Condition[] {
  return Object.entries(where).map(([place, wanted]) => {
    const read = readerOf(place);
    const patterns = wanted.flatMap((text) => patternIn(text) ?? []).map(compilePattern);
    const texts = new Set(wanted.filter((text) => patternIn(text) === undefined));
    const isWanted = (value: unknown) => {
      const text = textOf(value);
      if (text === undefined) return false;
      return texts.has(text) || patterns.some((pattern) => pattern.exec(text) !== null);
    };
    return (fields) => {
      const value = read(fields);
      return Array.isArray(value) ? value.some(isWanted) : isWanted(value);
    };
  });
}

/** What is described comes first, then the known name, then another spelling of it. */
function namingOf(description: Description): Rules['name'] {
  const { time, fields: described, isOneSession, name, givesWay } = description;
  const sources = Object.entries(described).map(
    ([field, source]) => [field, valueReader(field, source)] as const,
  );
  if (time.from.length > 0) {
    sources.push(['time', valueReader('time', { ...NO_SOURCE, from: time.from })]);
  }
  const session = name ?? 'one session';

  return (fields, onNamed) => {
    const isOwn = givesWay ? sources.map(([field]) => fields[field] != null) : [];
    nameKnown(fields, onNamed);
    // All are looked up before any is put: fields may be mapped to each other's names.
    const found = sources.map(([, read]) => read(fields));
    for (const [at, [field]] of sources.entries()) {
      const one = found[at];
      if (one === undefined || isOwn[at]) continue;
      fields[field] = one.value;
      onNamed?.(field, one.from);
    }
    if (isOneSession && fields.session_id == null) {
      fields.session_id = session;
      onNamed?.('session_id', 'one_session');
    }
  };
}

interface Found {
  value: unknown;
  /** The places that it is from. */
  from: string;
}

type ValueReader = (fields: Fields) => Found | undefined;

const valueReader = (field: string, source: FieldSource): ValueReader =>
  source.parts.length > 0 ? joinedReader(field, source.parts) : firstReader(field, source);

function firstReader(field: string, source: FieldSource): ValueReader {
  const places = source.from.map((place) => ({ place, read: readerOf(place) }));
  const pattern = source.pattern === null ? null : compilePattern(source.pattern);
  // OTLP has 0 for a time that is not known, and another that is.
  const isUsable = (value: unknown) =>
    field !== 'time' || places.length === 1 || parseTime(value) !== undefined;

  const inUnit = (value: unknown, place: string): unknown => {
    if (field !== 'duration_seconds') return value;
    const unit = source.unit ?? unitInName(place);
    return unit === undefined ? value : (parseSeconds(value, unit) ?? value);
  };
  const within = (value: unknown): unknown => {
    if (pattern === null) return value;
    const groups = pattern.exec(textOf(value) ?? '');
    return groups === null ? undefined : (groups[field] ?? Object.values(groups)[0]);
  };

  return (fields) => {
    for (const { place, read } of places) {
      const value = within(read(fields));
      if (value == null || SAYS_NOTHING.has(value) || !isUsable(value)) continue;
      return { value: inUnit(value, place), from: place };
    }
    return undefined;
  };
}

function joinedReader(field: string, parts: readonly FieldSource[]): ValueReader {
  const readers = parts.map((part) => firstReader(field, part));
  return (fields) => {
    const found = readers.flatMap((read) => read(fields) ?? []);
    if (found.length === 0) return undefined;
    const texts = found.map(({ value }) => textOf(value) ?? JSON.stringify(value));
    return { value: texts.join(' '), from: found.map(({ from }) => from).join(' + ') };
  };
}

/** What access logs write for nothing. */
export const SAYS_NOTHING: ReadonlySet<unknown> = new Set(['', '-']);
