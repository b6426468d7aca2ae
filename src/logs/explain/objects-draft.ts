import { unitInName } from '../durations.ts';
import { nameKnown } from '../field-names.ts';
import { textOf } from '../paths.ts';
import { parseTime } from '../times.ts';
import { eventLines, lines, meanings, ONE_SESSION, unassignedLines, yaml } from './draft.ts';
import { scalarsOf } from './json-kind.ts';
import { type Fields, type Sample, valueIn, wordsOf } from './samples.ts';
import { eventLike, fieldLike, fieldsAmong, isPerson, isUserAgent, surest } from './words.ts';

/** A description of JSON or `key=value`; null where nothing in them may stand for an event. */
export function ofObjects(samples: readonly Sample[], others: readonly Sample[]): string | null {
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
