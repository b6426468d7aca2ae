import * as z from 'zod';
import { type FileKind, loadYaml } from '../yaml/load.ts';
import type { Path } from '../yaml/path.ts';
import type { Problem } from '../yaml/problem.ts';
import { type Description, type FieldSource, NO_SOURCE } from './description.ts';
import { DURATION_UNITS, type DurationUnit } from './durations.ts';
import { EVENT_NAMES } from './events.ts';
import { FIELD_NAMES } from './field-names.ts';
import { compilePattern, PatternError, patternIn } from './patterns.ts';
import { isZone } from './zones.ts';

/**
 * The language of log descriptions. This one schema makes the types, the errors and the JSON Schema for editors.
 * An `error` says what was expected, as a noun phrase.
 */

const text = (error: string) => z.string({ error }).min(1, { error });

const path = text('the name of a field, such as ctx.session.id');

const regex = text('a regular expression').superRefine((source, context) => {
  const mistake = patternMistake(source);
  if (mistake !== undefined) {
    const message = `a regular expression that RE2 knows (${mistake})`;
    context.addIssue({ code: 'custom', message });
  }
});

/** As YAML reads numbers and booleans, they stand for their text. */
const scalar = z
  .union([z.string(), z.number(), z.boolean()], { error: 'text, a number, or a /pattern/' })
  .transform(String)
  .superRefine((value, context) => {
    const source = patternIn(value);
    const mistake = source === undefined ? undefined : patternMistake(source);
    if (mistake === undefined) return;
    context.addIssue({ code: 'custom', message: `a /pattern/ that RE2 knows (${mistake})` });
  });

function patternMistake(source: string): string | undefined {
  try {
    compilePattern(source);
    return undefined;
  } catch (error) {
    if (error instanceof PatternError) return error.message;
    throw error;
  }
}

const MAX_VALUES = 100;

const several = <T extends z.ZodType>(one: T) =>
  z
    .union([one, z.array(one).min(1).max(MAX_VALUES)])
    .transform((value) => (Array.isArray(value) ? value : [value]) as z.output<T>[]);

const paths = several(path);

const part = z.union([
  path,
  z.strictObject({
    from: paths.describe('Where it stands: the first of these that a line has.'),
    pattern: regex.optional().describe('Looked for in what stands there; its group is the part.'),
  }),
]);

const source = z.union([
  path,
  z.array(part).min(1).max(MAX_VALUES),
  z.strictObject({
    from: paths.describe('Where it stands: the first of these that a line has.'),
    pattern: regex.optional().describe('Looked for in what stands there; its group is the field.'),
    unit: z
      .enum(DURATION_UNITS as [DurationUnit, ...DurationUnit[]])
      .optional()
      .describe(
        'Of a duration. Default: what its name ends in, or what opens and closes show, or seconds.',
      ),
  }),
]);

const fieldSource = source.transform(
  (value): FieldSource =>
    Array.isArray(value) ? { ...NO_SOURCE, parts: value.map(oneSource) } : oneSource(value),
);

const oneSource = (value: Exclude<z.output<typeof source>, unknown[]>): FieldSource =>
  typeof value === 'string' ? { ...NO_SOURCE, from: [value] } : { ...NO_SOURCE, ...value };

/** A map that has any of these names. */
const mapOf = <N extends string, T extends z.ZodType>(names: readonly N[], value: T) =>
  z.strictObject(
    Object.fromEntries(names.map((name) => [name, value.optional()])) as Record<
      N,
      z.ZodOptional<T>
    >,
  );

const zone = text('a time zone').refine(isZone, { error: 'a time zone such as Europe/Berlin' });

const time = z.union([
  paths,
  z.strictObject({
    from: paths.optional().describe('Where it stands: the first of these that a line has.'),
    zone: zone.optional().describe('Of times that have none. Default: UTC.'),
  }),
]);

const conditions = z.record(z.string(), several(scalar), { error: 'a map of fields' });

const FIELDS_DESCRIBED = FIELD_NAMES.filter((name) => name !== 'time' && name !== 'event');

export const descriptionFile = z
  .strictObject({
    name: text('a name').max(64).optional().describe('What the format is called.'),
    description: text('text').optional().describe('What writes such logs, in a sentence.'),
    pattern: several(regex)
      .optional()
      .describe(
        'Lines of words: a regular expression with named groups, which are fields; of several the first that matches. Also looked for in the words before a record.',
      ),
    time: time.optional().describe('Where the time stands.'),
    event: paths.optional().describe('Where the event stands: the first of these that a line has.'),
    events: mapOf(EVENT_NAMES, several(scalar))
      .optional()
      .describe('What stands for each event: values, or /patterns/ whose groups are fields.'),
    fields: mapOf(FIELDS_DESCRIBED, fieldSource)
      .optional()
      .describe('Where fields stand. A list makes one of several.'),
    one_session: z
      .boolean()
      .optional()
      .describe('Lines that name no session are all of one: a single client’s own log.'),
    where: conditions
      .optional()
      .describe(
        'Only lines that have these values, or match these /patterns/, are about WebSockets.',
      ),
    recognised_by: several(conditions)
      .optional()
      .describe('A log with such a line is read so without being told; of several, one is enough.'),
    recognised_by_every_line: several(conditions)
      .optional()
      .describe('A log that has such lines alone is read so without being told.'),
  })
  .describe('How a log tells of connections.');

const KIND: FileKind<z.output<typeof descriptionFile>> = {
  schema: descriptionFile,
  whole: 'a log description',
  words: {
    name: 'log description',
    least: 'where the event and the session stand',
    levels: 'four',
    shorten: 'use /patterns/ instead',
  },
  unknownKey,
};

/** Fields too, but each has a key of its own. */
function unknownKey(path: Path, key: string) {
  const isOfTop = path.join('.') === 'fields' && (key === 'time' || key === 'event');
  return isOfTop
    ? { message: `unknown key "${key}"; "${key}" stands at the top level, beside "fields"` }
    : undefined;
}

export type DescriptionResult = { value: Description } | { problems: Problem[] };

/** Reads a description from a file's content, or tells all mistakes in it. */
export function loadDescription(content: Uint8Array | string, file: string): DescriptionResult {
  const loaded = loadYaml(KIND, content, file);
  return 'problems' in loaded ? loaded : { value: toDescription(loaded.value) };
}

function toDescription(file: z.output<typeof descriptionFile>): Description {
  const { time = [], events = {}, fields = {}, where = {} } = file;
  return {
    name: file.name ?? null,
    patterns: file.pattern ?? [],
    time: Array.isArray(time)
      ? { from: time, zone: null }
      : { from: time.from ?? [], zone: time.zone ?? null },
    event: file.event ?? [],
    events: present(events),
    fields: present(fields),
    isOneSession: file.one_session ?? false,
    where,
    givesWay: false,
    recognisedBy: recognitionOf(file),
  };
}

function recognitionOf({
  recognised_by,
  recognised_by_every_line: every,
}: z.output<typeof descriptionFile>): Description['recognisedBy'] {
  const ways = every ?? recognised_by;
  return ways === undefined ? null : { ways, isEveryLine: every !== undefined };
}

const present = <T>(map: Record<string, T | undefined>): Record<string, T> =>
  Object.fromEntries(
    Object.entries(map).filter((entry): entry is [string, T] => entry[1] !== undefined),
  );

/** The schema for editors, of files as they are written. */
export function descriptionJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(descriptionFile, { io: 'input' });
}
