import type { LineKind } from '../../model/explanation.ts';
import { unitInName } from '../durations.ts';
import { nameKnown } from '../field-names.ts';
import { logfmtFields } from '../logfmt.ts';
import { textOf } from '../paths.ts';
import { parseTime } from '../times.ts';
import { type Unwrapped, unwrapLine } from '../unwrap.ts';
import { scalarsOf } from './json-kind.ts';
import {
  eventLike,
  fieldLike,
  fieldsAmong,
  type Guess,
  isPerson,
  isUserAgent,
  surest,
} from './words.ts';
import { namingPatternFor, patternFor } from './words-pattern.ts';

/** Kinds of lines that a description is guessed from. */
const MAX_KINDS = 200;
const MAX_PATTERNS = 12;

/** Lines that are alike, and what the first of them holds. */
interface Sample {
  kind: LineKind;
  line: Unwrapped;
  fields: Fields | undefined;
}

/**
 * A description to start from, for lines that may be about connections and are not understood: where events and
 * fields may stand by their names.
 */
export function suggestDescription(kinds: readonly LineKind[]): string | null {
  if (!kinds.some(({ isSuspected }) => isSuspected)) return null;
  const samples = kinds.filter(isToBeDescribed).slice(0, MAX_KINDS).map(sampleOf);
  const objects = samples.filter(({ fields }) => fields !== undefined);
  const words = samples.filter(({ line, fields }) => line.kind === 'words' && !fields);
  const others = kinds.filter((kind) => !isToBeDescribed(kind)).map(sampleOf);
  return words.length > objects.length ? ofWords(samples, others) : ofObjects(samples, others);
}

function sampleOf(kind: LineKind): Sample {
  const line = unwrapLine(Buffer.from(kind.text));
  return { kind, line, fields: fieldsIn(line) };
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

function ofWords(samples: readonly Sample[], others: readonly Sample[]): string | null {
  const guesses = surest(
    samples.flatMap(({ kind, line, fields }) => {
      const pattern = line.kind === 'words' && !fields ? patternFor(line.text) : undefined;
      return pattern === undefined ? [] : [{ ...pattern, kind }];
    }),
  );
  const sources = [...new Set(guesses.map(({ source }) => source))].slice(0, MAX_PATTERNS);
  const assigned = guesses.filter(({ source }) => sources.includes(source));
  if (assigned.length === 0) return null;
  const has = (field: string) => sources.some((source) => source.includes(`(?<${field}>`));
  if (has('client_id') && !has('session_id')) sources.push(...namingPatterns(samples, others));
  return lines([
    'name: mine',
    'pattern:',
    ...sources.map((source) => `  - ${yaml(source)}`),
    ...Object.entries(meanings(has('client_id'))).flatMap(([field, meaning]) =>
      has(field) ? [`# ${field}: ${meaning}`] : [],
    ),
    ...eventLines(assigned),
    ...unassignedLines(samples, assigned, wordsOf),
    ...(has('session_id') ? [] : ONE_SESSION),
  ]);
}

/** For lines that say whose a connection is, where those that open and close do not. */
function namingPatterns(...samples: (readonly Sample[])[]): string[] {
  const patterns = samples
    .flat()
    .flatMap(({ line }) => (line.kind === 'words' ? (namingPatternFor(line.text) ?? []) : []));
  return [...new Set(patterns)].slice(0, MAX_PATTERNS);
}

/** What the two ids are, which are easily taken for each other. */
const meanings = (hasConnection: boolean): Record<string, string> => ({
  client_id: 'the id of one connection, new on each reconnect',
  session_id: `who comes back, the same on each reconnect${hasConnection ? '; one line of each connection that has both is enough' : ''}`,
});

type Fields = Readonly<Record<string, unknown>>;

function ofObjects(samples: readonly Sample[], others: readonly Sample[]): string | null {
  const objects = samples.map(({ fields }) => fields).filter((fields) => fields !== undefined);
  const scalars = objects.map((fields) => scalarsOf(fields));
  const status = statusPathIn(scalars);
  if (status !== undefined) return ofAccessLog(samples, scalars, status);
  const event = eventPathIn(scalars);
  if (event === undefined) return null;
  const nameIn = (sample: Sample) => textOf(valueIn(sample, event));
  const assigned = surest(
    samples.flatMap((sample) => {
      const value = nameIn(sample) ?? '';
      const name = eventLike(value);
      return name === undefined
        ? []
        : [{ kind: sample.kind, event: name, word: valueOrPattern(value) }];
    }),
  );
  const known = valuesIn(scalars);
  const fields = fieldsAmong(pathsThatTell(known, event));
  const connection = fields.get('client_id');
  if (connection !== undefined && !fields.has('session_id') && !namesSession(objects)) {
    const session = sessionBeside(others, connection);
    if (session !== undefined) fields.set('session_id', session);
  }
  const shown = fieldLines(fields, known);
  return lines([
    'name: mine',
    ...timeLine(known),
    `event: ${yaml(event)}`,
    ...eventLines(assigned),
    ...unassignedLines(samples, assigned, (sample) => nameIn(sample) ?? wordsOf(sample)),
    ...(shown.length > 0 ? ['fields:', ...shown] : []),
    ...(fields.has('session_id') || namesSession(objects) ? [] : ONE_SESSION),
  ]);
}

/** Access logs have a line at the end of each connection, with the status that began it. */
function ofAccessLog(
  samples: readonly Sample[],
  scalars: readonly Scalars[],
  status: string,
): string {
  const known = valuesIn(scalars);
  const statusOf = (sample: Sample) => textOf(valueIn(sample, status));
  const assigned = samples.filter((sample) => statusOf(sample) === SWITCHED);
  const labelOf = (sample: Sample) =>
    sample.fields ? `status ${statusOf(sample)}` : wordsOf(sample);
  const fields = fieldsAmong(pathsThatTell(known, status));
  const who = [fields.get('remote_address'), [...known.keys()].find(isUserAgent)].filter(
    (path) => path !== undefined,
  );
  const isByAddress = !fields.has('session_id') && who.length > 0;
  const shown = fieldLines(fields, known);
  if (isByAddress) {
    shown.push(
      '  # an address and a browser, and maybe many people: an id of the session is better',
    );
    shown.push(`  session_id: [${who.map(yaml).join(', ')}]`);
  }
  return lines([
    'name: mine',
    '# a line comes at the end of a connection, with the status of its handshake',
    `where: { ${yaml(status)}: ${SWITCHED} }`,
    ...timeLine(known),
    `event: ${yaml(status)}`,
    `events: { connection_closed: ${SWITCHED} }`,
    ...unassignedLines(samples, assigned, labelOf),
    ...(shown.length > 0 ? ['fields:', ...shown] : []),
    ...(isByAddress || fields.has('session_id') ? [] : ONE_SESSION),
  ]);
}

/** Of a handshake that came about. */
const SWITCHED = '101';

/** Where lines have the status of a handshake, if all are of an access log. */
const statusPathIn = (scalars: readonly Scalars[]): string | undefined =>
  scalars
    .flat()
    .find(
      ([path, value]) =>
        String(value) === SWITCHED &&
        /status/i.test(path) &&
        scalars.every((line) => line.some(([other]) => other === path)),
    )?.[0];

const valueIn = ({ fields }: Sample, path: string): unknown =>
  scalarsOf(fields ?? {}).find(([one]) => one === path)?.[1];

type Scalars = readonly [path: string, value: unknown][];

const valuesIn = (scalars: readonly Scalars[]): Map<string, unknown> => new Map(scalars.flat());

/** Where fields may stand: not at the event, nor at a user who has no name. */
const pathsThatTell = (known: ReadonlyMap<string, unknown>, event: string): string[] =>
  [...known].flatMap(([path, value]) =>
    path === event || (isPerson(path) && value === '') ? [] : [path],
  );

function timeLine(known: ReadonlyMap<string, unknown>): string[] {
  if (TIMES.some((name) => known.has(name))) return [];
  const time = [...known].find(([, value]) => isTime(value))?.[0];
  return time === undefined ? [] : [`time: ${yaml(time)}`];
}

/** What looks like connections, and that the description says nothing of. */
function unassignedLines(
  samples: readonly Sample[],
  assigned: readonly { kind: LineKind }[],
  labelOf: (sample: Sample) => string,
): string[] {
  const known = new Set(assigned.map(({ kind }) => kind));
  const counts = new Map<string, number>();
  for (const sample of samples) {
    if (!sample.kind.isSuspected || known.has(sample.kind)) continue;
    const label = printable(labelOf(sample)).slice(0, MAX_LABEL);
    counts.set(label, (counts.get(label) ?? 0) + sample.kind.lines);
  }
  const rest = [...counts.values()].slice(MAX_UNASSIGNED).reduce((sum, count) => sum + count, 0);
  return [
    ...[...counts]
      .slice(0, MAX_UNASSIGNED)
      .map(([label, count]) => `# ${areNot(count, ` "${label}"`)}`),
    ...(rest > 0 ? [`# ${areNot(rest, ' of other kinds')}`] : []),
  ];
}

const areNot = (count: number, which: string): string =>
  count === 1 ? `1 line${which} is not assigned` : `${count} lines${which} are not assigned`;

const MAX_LABEL = 80;
const MAX_UNASSIGNED = 12;

const wordsOf = ({ kind, line }: Sample): string => (line.kind === 'words' ? line.text : kind.text);

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
function eventPathIn(scalars: readonly Scalars[]): string | undefined {
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

/** Of a line that has the id of a connection and says whose it is. */
function sessionBeside(others: readonly Sample[], connection: string): string | undefined {
  for (const { fields } of others) {
    const paths = scalarsOf(fields ?? {}).map(([path]) => path);
    const session = fieldsAmong(paths).get('session_id');
    if (session !== undefined && paths.includes(connection)) return session;
  }
  return undefined;
}

function fieldLines(
  fields: ReadonlyMap<string, string>,
  known: ReadonlyMap<string, unknown>,
): string[] {
  const meaning = meanings(fields.has('client_id'));
  return [...fields].flatMap(([field, path]) => {
    if (field === path) return [];
    const saysUnit = unitInName(path) !== undefined || /[a-z:]/i.test(String(known.get(path)));
    if (field === 'duration_seconds' && !saysUnit) {
      return [`  ${field}: { from: ${yaml(path)}, unit: s }  # or ms, us, ns, min`];
    }
    const comment = meaning[field] === undefined ? '' : `  # ${meaning[field]}`;
    return [`  ${field}: ${yaml(path)}${comment}`];
  });
}

const ONE_SESSION = [
  '# no line seems to name a session: say where one stands, as fields: { session_id: … },',
  '# or, where all lines are of one client:',
  'one_session: true',
];

function eventLines(guesses: readonly Guess[]): string[] {
  const names = ['connection_opened', 'connection_closed'];
  return [
    'events:',
    ...names.map((name) => {
      const words = new Set(guesses.flatMap(({ event, word }) => (event === name ? [word] : [])));
      return words.size > 0 ? `  ${name}: [${[...words].map(yaml).join(', ')}]` : `  # ${name}: …`;
    }),
  ];
}

const PLAIN = /^[A-Za-z_][\w.-]*$/;
const RESERVED = /^(?:y|n|yes|no|on|off|true|false|null)$/i;

/** A value as YAML has it; nothing in it can end the quotes, or the line. */
const yaml = (text: string): string =>
  PLAIN.test(text) && !RESERVED.test(text) ? text : `'${printable(text).replaceAll("'", "''")}'`;

const printable = (text: string): string => text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '');

const lines = (all: readonly string[]): string => `${all.join('\n')}\n`;
