/** Every field of every line of a run, changed one at a time: what a check is to find, or to have a reason not to. */
import { expect } from 'vitest';
import type { LogName } from '../../src/core/records.ts';
import { EVENTS } from '../../src/model/rows.ts';
import { change, judge } from '../judge/judging.ts';
import type { Line, Lines } from '../judge/world.ts';
import { ID_FIELDS, isOfProcess } from './defective-logs.ts';

/**
 * What no check finds, on some line at least, as `event field change`: what docs/logs.md says under "What no check
 * reads".
 */
const UNREAD: [what: RegExp, why: string][] = [
  [/^\S+ (?:level|msg) /, 'for people'],
  [
    /^\S+ (?:url|wsdiag_version|node_version|remote_address) /,
    'where it was and with what, which changes nothing',
  ],
  [/^\S+_stopped log_schema /, 'a log’s first line says how it is written'],
  [/^\S+_stopped event_loop_delay_p99_ms /, 'a metric; above a second, it makes for a doubt'],
  [/^server_started start_ms /, 'above a second, it makes for a doubt where a bound is crossed'],
  [/^\S+_stopped lines deleted$/, 'nothing is claimed, then; the lines themselves are checked'],
  [/^client_stopped interrupted deleted$/, 'what does not say that it was interrupted was not'],
  [/^(?!connection_closed )\S+ time /, 'the order of lines counts, and clocks are set'],
  [/^connection_closed close_reason /, 'the peer’s words'],
  [
    /^connection_closed close_code to 1001$/,
    'a page that goes may hear of that first, whatever the server says meanwhile',
  ],
  [
    /^connection_(?:(?:attempt|opened) event to sequence_advanced|opened event to connection_failed)$/,
    'a page that vanished may have done so before, and nobody else need know what it did last',
  ],
  [/^connection_closed duration_seconds one /, 'durations and times may be 5 s apart'],
  [/^connection_closed closed_by to (?!superseded)/, 'more than one fits most close codes'],
  [
    /^handshake_rejected (?:client_id to|(?:session_id|connection_sequence|document_id|reason|close_code|http_status) )/,
    'anybody may have sent what was refused; the client’s own lines tell of its attempt',
  ],
  [/^session_started client /, 'a name for people'],
  [/^fault_ended (?!line |event to faults_)/, 'drawn alone: checks go by what a fault hit'],
  [/^session_started reason to storage-invalid$/, 'with a parent and without one'],
  [
    /^session_started reason to (?:storage-cleared|duplicate-tab|frame)$/,
    'each comes from another session',
  ],
  [/^session_started document_id to another’s$/, 'a page of the session that it comes from'],
  [
    /^session_started parent_session_id to (?!null)/,
    'it may come from any session, of another log too',
  ],
  [/^document_loaded navigation to /, 'it bears only on how far back latency excuses'],
  [
    /^document_unloaded reason to /,
    'read where the run ended around the tab, and where one end or the other is odd',
  ],
  [
    /^connection_attempt (?:delay_ms|backoff_attempt) /,
    'how long it waited is the client’s affair',
  ],
  [/^connection_failed (?:error|http_status) /, 'why it failed, in whatever words'],
  [
    /^document_unloaded document_id to another’s$/,
    'a page that vanished is told of too where older storage names one before it',
  ],
  [/^sequence_advanced last_seen_sequence /, 'the number is what the session goes on with'],
  [
    /^fault_injected (?:(?!event|line|level|msg|time)|event to fault_ended$)/,
    'a fault only excuses, and what the other logs agree on needs no excuse',
  ],
];

/**
 * Holds what is found in lines with one thing changed against the list: what is on it passes, and nothing else
 * does; and nothing is found where nothing was changed.
 *
 * @param isWhole the lines have all that the list tells of
 * @param chosen which changes are tried
 */
export function expectChangesAreFound(
  lines: Lines,
  isWhole: boolean,
  chosen = (changes: Iterable<FieldChange>) => changes,
): void {
  const [found, passed, elsewhere] = [new Set<string>(), new Set<string>(), new Set<string>()];
  for (const { what, lines: changed, sessions } of chosen(fieldChanges(lines))) {
    const { verdict, findings } = judge(changed);
    (verdict === 'pass' ? passed : found).add(what);
    const others = findings.filter(({ session_id }) => !sessions?.includes(session_id));
    if (sessions && others.length > 0) elsewhere.add(`${what}: ${JSON.stringify(others)}`);
  }
  const isListed = (what: string) => UNREAD.some(([pattern]) => pattern.test(what));
  expect([...passed].filter((what) => !isListed(what))).toEqual([]);
  expect([...elsewhere]).toEqual([]);
  if (!isWhole) return;
  expect([...found].filter((what) => isListed(what) && !passed.has(what))).toEqual([]);
  const isStale = ([pattern]: (typeof UNREAD)[number]) =>
    ![...passed].some((one) => pattern.test(one));
  expect(UNREAD.filter(isStale)).toEqual([]);
}

interface FieldChange {
  /** `event field change`; of the whole line, `event line deleted` or `doubled`. */
  what: string;
  lines: Lines;
  /** Where something may be found; undefined where a change is to what all sessions share. */
  sessions: unknown[] | undefined;
}

const HOUR_MS = 3_600_000;
const CODES = [1000, 1001, 1006, 1012, 4001];

/** What may stand in a field beside what stands there. */
const VALUES: Record<string, readonly unknown[]> = {
  close_code: CODES,
  client_close_code: [...CODES, null],
  server_close_code: [...CODES, null],
  closed_by: ['peer', 'server', 'network', 'heartbeat', 'superseded'],
  navigation: ['navigate', 'reload', 'back_forward'],
  'document_unloaded reason': [
    'reload',
    'close',
    'end',
    'navigate',
    'bfcache',
    'discard',
    'pagehide',
    'vanished',
  ],
  'session_started reason': ['new', 'storage-invalid', 'storage-cleared', 'duplicate-tab', 'frame'],
  level: [40],
  http_status: [503, null],
};

/** Fields that may hold nothing where they hold something. */
const NULLABLE = new Set([
  'document_unloaded connection_sequence',
  'document_unloaded client_id',
  'session_started parent_session_id',
  'fault_injected session_id',
  'fault_injected connection_sequence',
]);

function* fieldChanges(lines: Lines): Generator<FieldChange> {
  for (const log of ['server', 'client', 'faults'] as const) {
    for (const [index, line] of lines[log].entries()) yield* changesAt(lines, log, index, line);
  }
}

function* changesAt(lines: Lines, log: LogName, index: number, line: Line): Generator<FieldChange> {
  const at = (field: string, how: string, ...by: Line[]): FieldChange => ({
    what: `${line.event} ${field} ${how}`,
    lines: change(lines, log, (all) => all.toSpliced(index, 1, ...by)),
    sessions: sessionsOf(lines, [line, ...by]),
  });
  yield at('line', 'deleted');
  yield at('line', 'doubled', line, line);
  for (const field of Object.keys(line)) {
    const { [field]: value, ...rest } = line;
    // Null says as much as nothing.
    const isLeftOut = field !== 'event' && field !== 'time' && value !== null;
    if (isLeftOut) yield at(field, 'deleted', rest as Line);
    for (const [how, to] of othersFor(lines, log, line, field)) {
      if (to !== value) yield at(field, how, { ...line, [field]: to });
    }
  }
}

/** Those that the lines name, that have the connections which they name, or that come from these. */
function sessionsOf({ server, client }: Lines, changed: Line[]): unknown[] | undefined {
  // What a process does, and when a server is killed, is told of all sessions.
  if (changed.some((line) => isOfProcess(line) || line.kills_server === true)) return undefined;
  const clients = new Set<unknown>(changed.map(({ client_id }) => client_id ?? 'none'));
  const sharing = [...server, ...client].filter(({ client_id }) => clients.has(client_id));
  const named = [...changed, ...sharing].flatMap(
    ({ session_id = null, parent_session_id }): unknown[] => [session_id, parent_session_id],
  );
  const isChild = ({ parent_session_id: id }: Line) => typeof id === 'string' && named.includes(id);
  const children = client.filter(isChild);
  return [...named, ...children.map(({ session_id }) => session_id)];
}

function* othersFor(
  lines: Lines,
  log: LogName,
  line: Line,
  field: string,
): Generator<[how: string, value: unknown]> {
  const { event, time } = line;
  const { [field]: value } = line;
  const known = VALUES[field] ?? VALUES[`${event} ${field}`] ?? [];
  for (const other of known) yield [`to ${other}`, other];
  if (known.length > 0) return;
  if (field === 'event') {
    for (const other of EVENTS.filter((name) => isOf(log, name))) yield [`to ${other}`, other];
  } else if (field === 'time') {
    for (const [how, by] of [
      ['an hour later', HOUR_MS],
      ['an hour earlier', -HOUR_MS],
    ] as const) {
      yield [how, new Date(Date.parse(time) + by).toISOString()];
    }
  } else if (typeof value === 'boolean') yield [`to ${!value}`, !value];
  else if (typeof value === 'number') {
    yield ['one more', value + 1];
    yield ['one less', value - 1];
    if (field === 'duration_seconds') yield ['an hour more', value + HOUR_MS / 1000];
  } else if (field in ID_FIELDS) {
    yield ['to a new one', 'a-new-one'];
    const another = lines[log].find((other) => other[field] && other[field] !== value);
    if (another) yield ['to another’s', another[field]];
  } else if (field === 'connection_sequence') yield ['to 1', 1];
  else yield ['to another', `${value}-other`];
  if (NULLABLE.has(`${event} ${field}`)) yield ['to null', null];
}

/** That log's own events. */
function isOf(log: LogName, event: string): boolean {
  const events = {
    server: /^(?:server_|connection_(?:opened|closed)|handshake)/,
    client: /^(?:client_|connection_|document_|session_|sequence_)/,
    faults: /^fault/,
  };
  return events[log].test(event);
}
