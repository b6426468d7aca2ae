import type { LineKind } from '../../model/explanation.ts';
import { unitInName } from '../durations.ts';
import { nameKnown } from '../field-names.ts';
import { logfmtFields } from '../logfmt.ts';
import { textOf } from '../paths.ts';
import { parseTime } from '../times.ts';
import { type Unwrapped, unwrapLine } from '../unwrap.ts';
import { scalarsOf } from './json-kind.ts';
import { eventLike, fieldLike, isPerson } from './words.ts';
import { patternFor } from './words-pattern.ts';

/** Kinds of lines that a description is guessed from. */
const MAX_KINDS = 12;

/**
 * A description to start from, for lines that may be about connections and are not understood: where events and
 * fields may stand by their names.
 */
export function suggestDescription(kinds: readonly LineKind[]): string | null {
  if (!kinds.some(({ isSuspected }) => isSuspected)) return null;
  const lines = kinds
    .filter(isToBeDescribed)
    .slice(0, MAX_KINDS)
    .map(({ text }) => unwrapLine(Buffer.from(text)));
  const objects = lines.map(fieldsIn).filter((fields) => fields !== undefined);
  const words = lines.flatMap((line) =>
    line.kind === 'words' && fieldsIn(line) === undefined ? [line.text] : [],
  );
  if (words.length > objects.length) return ofWords(words);
  return objects.length > 0 ? ofObjects(objects) : null;
}

export const fieldsIn = (line: Unwrapped): Fields | undefined =>
  line.kind === 'object'
    ? line.fields
    : line.kind === 'words'
      ? logfmtFields(line.text)
      : undefined;

/** Not understood, or only by its close code. */
const isToBeDescribed = ({ isSuspected, fields }: LineKind): boolean =>
  isSuspected || fields.some(({ field, from }) => field === 'event' && from === 'close_code');

function ofWords(texts: readonly string[]): string | null {
  const patterns = texts.flatMap((text) => patternFor(text) ?? []).slice(0, MAX_KINDS);
  if (patterns.length === 0) return null;
  const events = new Map<string, string[]>();
  for (const { event, word } of patterns)
    events.set(event, [...new Set([...(events.get(event) ?? []), word])]);
  const hasSession = patterns.some(({ source }) => source.includes('(?<session_id>'));
  return lines([
    'name: mine',
    'pattern:',
    ...[...new Set(patterns.map(({ source }) => source))].map((source) => `  - ${yaml(source)}`),
    ...eventLines(events),
    ...(hasSession ? [] : ONE_SESSION),
  ]);
}

type Fields = Readonly<Record<string, unknown>>;

function ofObjects(objects: readonly Fields[]): string | null {
  const scalars = objects.map((fields) => scalarsOf(fields));
  const event = eventPathIn(scalars);
  if (event === undefined) return null;
  const events = new Map<string, string[]>();
  for (const line of scalars) {
    const value = textOf(line.find(([path]) => path === event)?.[1]);
    const name = value === undefined ? undefined : eventLike(value);
    if (value !== undefined && name !== undefined) {
      events.set(name, [...new Set([...(events.get(name) ?? []), valueOrPattern(value)])]);
    }
  }
  const known = new Map(scalars.flat());
  const fields = fieldLines(known, event);
  const hasTime = objects.some((fields) => TIMES.some((name) => fields[name] !== undefined));
  const time = hasTime ? undefined : [...known].find(([, value]) => isTime(value))?.[0];
  return lines([
    'name: mine',
    ...(time === undefined ? [] : [`time: ${yaml(time)}`]),
    `event: ${yaml(event)}`,
    ...eventLines(events),
    ...(fields.length > 0 ? ['fields:', ...fields] : []),
    ...(namesSession(objects) || fields.some((line) => line.includes('session_id:'))
      ? []
      : ONE_SESSION),
  ]);
}

/** By a name that is known. */
function namesSession(objects: readonly Fields[]): boolean {
  return objects.some((fields) => {
    const named = { ...fields };
    nameKnown(named);
    return named.session_id != null;
  });
}

const TIMES = ['time', 'timestamp', 'ts', '@timestamp', 'asctime'];

const isTime = (value: unknown): boolean =>
  parseTime(value) !== undefined && !(typeof value === 'number' && value < 1e9);

/** Where most lines have what may be an event's name. */
function eventPathIn(scalars: readonly [string, unknown][][]): string | undefined {
  const votes = new Map<string, number>();
  for (const [path, value] of scalars.flat()) {
    if (typeof value !== 'string' || value.length > 80 || fieldLike(path) !== undefined) continue;
    if (eventLike(value) !== undefined) votes.set(path, (votes.get(path) ?? 0) + 1);
  }
  return [...votes].toSorted(([, one], [, other]) => other - one)[0]?.[0];
}

/** A name stands whole; a message with a number in it, or a long one, by how it begins. */
function valueOrPattern(value: string): string {
  if (value.length <= 30 && !/\d/.test(value)) return value;
  const start = /^[^\d"'=:({[]*/.exec(value)?.[0].trim() ?? '';
  return start === '' ? value : `/^${escapeRegex(start)}/`;
}

const escapeRegex = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

function fieldLines(known: ReadonlyMap<string, unknown>, event: string): string[] {
  const chosen = new Map<string, string>();
  for (const path of known.keys()) {
    if (path === event) continue;
    const field = fieldLike(path);
    if (field !== undefined && field !== path && !chosen.has(field) && !known.has(field))
      chosen.set(field, path);
  }
  const person = [...known.keys()].find(isPerson);
  if (person !== undefined && !chosen.has('session_id') && !known.has('session_id')) {
    chosen.set('session_id', person);
  }
  return [...chosen].map(([field, path]) => {
    const isUnitless = field === 'duration_seconds' && unitInName(path) === undefined;
    return isUnitless
      ? `  ${field}: { from: ${yaml(path)}, unit: s }  # or ms, us, ns, min`
      : `  ${field}: ${yaml(path)}`;
  });
}

const ONE_SESSION = [
  '# no line seems to name a session: say where one stands, as fields: { session_id: … },',
  '# or, where all lines are of one client:',
  'one_session: true',
];

function eventLines(events: ReadonlyMap<string, readonly string[]>): string[] {
  const names = ['connection_opened', 'connection_closed'];
  return [
    'events:',
    ...names.map((name) => {
      const values = events.get(name);
      return values ? `  ${name}: [${values.map(yaml).join(', ')}]` : `  # ${name}: …`;
    }),
  ];
}

const PLAIN = /^[A-Za-z_][\w.-]*$/;
const RESERVED = /^(?:y|n|yes|no|on|off|true|false|null)$/i;

/** A value as YAML has it; nothing in it can end the quotes, or the line. */
const yaml = (text: string): string =>
  PLAIN.test(text) && !RESERVED.test(text)
    ? text
    : `'${text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '').replaceAll("'", "''")}'`;

const lines = (all: readonly string[]): string => `${all.join('\n')}\n`;
