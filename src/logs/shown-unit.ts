import { type FieldSource, NO_DESCRIPTION, NO_SOURCE } from './description.ts';
import { type DurationUnit, parseSeconds, unitInName } from './durations.ts';
import { createParser, type Parsed, type ParsedRecord } from './parse.ts';
import { pathReader } from './paths.ts';
import { descriptionOf } from './rules.ts';
import type { LogFormat, Source } from './sources.ts';

/** Where durations stand without a unit, and the one that the log's own opens and closes show. */
export interface ShownUnit {
  place: string;
  unit: (typeof UNITS)[number];
}

const UNITS = ['s', 'ms', 'us', 'ns'] as const;
/** By how much a duration may differ from what the times of its two lines say, in seconds. */
const SLACK = 0.5;
const SLACK_SHARE = 0.05;
/** Shorter ones are near nothing in several units. */
const LEAST_SECONDS = 1;

/** What a close has for its duration, and how many seconds after its open it was written. */
interface Lifetime {
  value: unknown;
  seconds: number;
}

/** null where a unit is known, or the lifetimes of these lines do not agree on one. */
export function shownUnit(
  lines: readonly Buffer[],
  { format, log }: Pick<Source, 'format' | 'log'>,
): ShownUnit | null {
  const source = unitless(format);
  if (source === undefined || !lines.some(isMentioned(source))) return null;
  const parse = createParser({ ...format, since: null, until: null }, log);
  const [place = ''] = source.from;
  const lifetimes = lifetimesOf(lines.map(parse), place);
  if (!lifetimes.some(({ seconds }) => seconds >= LEAST_SECONDS)) return null;
  const units = UNITS.filter((unit) => lifetimes.every((lifetime) => isIn(unit, lifetime)));
  const [unit, another] = units;
  return unit === undefined || another !== undefined ? null : { place, unit };
}

/** The format whose durations are in that unit. */
export function inUnit(format: LogFormat, { place, unit }: ShownUnit): LogFormat {
  const { duration_seconds: _, ...map } = format.map;
  const description = format.description ?? NO_DESCRIPTION;
  const fields = {
    ...description.fields,
    duration_seconds: { ...NO_SOURCE, from: [place], unit },
  };
  return { ...format, map, description: { ...description, fields } };
}

/** Where durations stand, if neither the name of that nor a description has their unit. */
function unitless(format: LogFormat): FieldSource | undefined {
  const source = descriptionOf(format).fields.duration_seconds ?? UNSAID;
  const isSaid = source.unit !== null || source.pattern !== null || source.from.length !== 1;
  return isSaid || source.from.some((place) => unitInName(place)) ? undefined : source;
}

const UNSAID: FieldSource = { ...NO_SOURCE, from: ['duration'] };

/** What nobody described is looked for in the text first: most logs have no such key. */
const isMentioned =
  (source: FieldSource) =>
  (line: Buffer): boolean =>
    source !== UNSAID || /\bduration\b/.test(line.toString('latin1'));

/** Of closes whose opens are among these lines, too. */
function lifetimesOf(lines: readonly Parsed[], place: string): Lifetime[] {
  const read = pathReader(place.split('.'));
  const opens = new Map<string, number>();
  return lines.flatMap((record) => {
    if (record.kind !== 'record') return [];
    const keys = keysOf(record);
    if (record.event === 'connection_opened') {
      for (const key of keys) opens.set(key, record.time);
    }
    const value = read(record.fields);
    const openedAt = opens.get(keys.find((key) => opens.has(key)) ?? '');
    if (record.event !== 'connection_closed' || openedAt === undefined) return [];
    for (const key of keys) opens.delete(key);
    return value == null ? [] : [{ value, seconds: (record.time - openedAt) / 1000 }];
  });
}

/** By what a close's open can be known. */
function keysOf({ client_id, session_id, connection_sequence: number }: ParsedRecord): string[] {
  const ofClient = client_id === undefined ? [] : [JSON.stringify(client_id)];
  const isNumbered = session_id !== undefined && number !== undefined;
  return isNumbered ? [...ofClient, JSON.stringify([session_id, number])] : ofClient;
}

function isIn(unit: DurationUnit, { value, seconds }: Lifetime): boolean {
  const lived = parseSeconds(value, unit);
  return lived !== undefined && Math.abs(lived - seconds) <= SLACK + SLACK_SHARE * seconds;
}
