import { CHURN_SECONDS, type SessionSort, type SessionSummary } from '../model/session-view.ts';
import { counted, number, seconds } from './format.ts';
import { shortIds } from './ids.ts';
import { type Palette, PLAIN } from './palette.ts';
import { type Reading, readingNote } from './reading-note.ts';
import { safeJson } from './safe-json.ts';
import { sanitize } from './sanitize.ts';
import { wrapped } from './text-width.ts';

const SESSIONS_VERSION = 1;

/** Sessions, the worst first; those of them that are shown are handed over one by one. */
export interface SessionList extends Reading {
  sort: SessionSort;
  /** Sessions that there are. */
  total: number;
  /** Those of them whose page gave up for good. */
  given_up_sessions: number;
  /** Lines about connections that are in none of them. */
  lines_without_session: number;
}

export interface TableOptions {
  palette?: Palette;
  /** Columns of the terminal; whatever does not fit is left out, and named. */
  width?: number;
  /** Command that tells the story of the first session. */
  next?: string;
}

/** Ids are this wide at least, UUIDs whole, and longer ones cut. */
const MIN_ID_WIDTH = 13;
const MAX_ID_WIDTH = 36;
/** Room that is left beside ids before they are cut. */
const BESIDE_IDS = 44;
const BETWEEN = 2;

interface Column {
  name: string;
  /** A column that is left out last has the lowest rank. */
  rank: number;
  cell(session: SessionSummary): string;
  sort?: SessionSort;
}

/** In the order in which they stand. */
const COLUMNS: Column[] = [
  { name: 'reconnects', rank: 1, sort: 'reconnects', cell: ({ reconnects }) => number(reconnects) },
  { name: 'gaps', rank: 2, sort: 'gaps', cell: ({ gaps }) => orDash(gaps, number) },
  { name: 'churn', rank: 3, sort: 'churn', cell: ({ churn }) => orDash(churn, number) },
  { name: '1006', rank: 4, cell: ({ abnormal_closes }) => number(abnormal_closes) },
  { name: 'last', rank: 5, cell: lastCode },
  { name: 'numbers', rank: 9, cell: numbers },
  { name: 'failed', rank: 10, cell: ({ failed_attempts }) => orDash(failed_attempts, number) },
  { name: 'connected', rank: 11, cell: connected },
  { name: 'at once', rank: 13, cell: ({ at_once }) => orDash(at_once, number) },
  { name: 'open', rank: 8, cell: ({ open_connections }) => orDash(open_connections, number) },
  { name: 'longest gap', rank: 6, cell: (session) => orDash(session.longest_gap_seconds, seconds) },
  { name: 'first seen', rank: 12, cell: ({ first_seen }) => shownTime(first_seen) },
  { name: 'last seen', rank: 7, sort: 'last', cell: ({ last_seen }) => shownTime(last_seen) },
];

const ORDERS: Record<SessionSort, string> = {
  reconnects: 'most reconnects first',
  gaps: 'most gaps first',
  churn: 'most churn first',
  last: 'last seen first',
};

/** A table of those sessions, as wide as the terminal. */
export function reportSessions(
  list: SessionList,
  sessions: SessionSummary[],
  { palette = PLAIN, width = Number.POSITIVE_INFINITY, next }: TableOptions = {},
): string {
  const { total, sort } = list;
  const ids = shortIds(
    sessions.map(({ session_id }) => session_id),
    Math.max(MIN_ID_WIDTH, Math.min(MAX_ID_WIDTH, width - BESIDE_IDS)),
  );
  const filled = columnsFor(sessions).map((column) => fill(column, sessions));
  const idWidth = widest(['session', ...ids]);
  const columns = fitting(filled, width - idWidth, sort);
  const row = (id: string, cell: (column: Filled) => string) =>
    [id.padEnd(idWidth), ...columns.map((column) => cell(column).padStart(column.width))]
      .join(' '.repeat(BETWEEN))
      .trimEnd();
  const table = [
    palette.bold(row('session', ({ name }) => name)),
    ...ids.map((id, index) => row(id, ({ cells }) => cells[index] ?? '')),
  ];
  const notes = [
    ...(sessions.length > 0 ? [...legend(columns), ...leftOut(filled, columns)] : []),
    ...readingNote(list),
    ...withoutSession(list),
    ...givenUp(list),
  ].flatMap((note) => wrapped(note, Math.max(40, Math.min(width, 100))));
  const heading = `${number(sessions.length)} of ${counted(total, 'session')}, ${ORDERS[sort]}`;
  return `${[
    palette.bold(heading),
    '',
    ...(sessions.length > 0 ? [...table, ''] : []),
    ...notes.map((note) => palette.dim(note)),
    ...(next === undefined ? [] : ['', `one session’s story: ${sanitize(next)}`]),
  ].join('\n')}\n`;
}

/** The same as JSON, piece by piece: there may be more sessions than fit into one string. */
export function* sessionsJson(
  { sort, total, lines_without_session, evidence, doubts }: SessionList,
  sessions: Iterable<SessionSummary>,
): Generator<string> {
  const head = {
    sessions_version: SESSIONS_VERSION,
    sort,
    total_sessions: total,
    lines_without_session,
    evidence,
    doubts,
  };
  yield `${safeJson(head).slice(0, -2)},\n  "sessions": [`;
  let separator = '\n';
  for (const session of sessions) {
    yield `${separator}${safeJson(session).replaceAll(/^/gm, '    ')}`;
    separator = ',\n';
  }
  yield '\n  ]\n}\n';
}

/** Columns about numbers say nothing where no session has one. */
function columnsFor(sessions: SessionSummary[]): Column[] {
  if (sessions.some(({ highest_sequence }) => highest_sequence !== null)) return COLUMNS;
  return COLUMNS.filter(({ name }) => name !== 'gaps' && name !== 'numbers');
}

function withoutSession({ lines_without_session: count }: SessionList): string[] {
  if (count === 0) return [];
  const names = count === 1 ? 'line about connections names' : 'lines about connections name';
  return [`${number(count)} ${names} no session`];
}

function givenUp({ given_up_sessions: count }: SessionList): string[] {
  return count === 0 ? [] : [`${counted(count, 'session')} gave up for good at a close code`];
}

interface Filled extends Column {
  cells: string[];
  width: number;
}

function fill(column: Column, sessions: SessionSummary[]): Filled {
  const cells = sessions.map(column.cell);
  return { ...column, cells, width: widest([column.name, ...cells]) };
}

/** Columns for which there is room; what the sessions are sorted by comes first of all. */
function fitting(columns: Filled[], room: number, sort: SessionSort): Filled[] {
  const rank = (column: Column) => (column.sort === sort ? 0 : column.rank);
  const byRank = columns.toSorted((one, other) => rank(one) - rank(other));
  let left = room;
  const fit = new Set<Filled>();
  for (const column of byRank) {
    left -= column.width + BETWEEN;
    if (left < 0) break;
    fit.add(column);
  }
  return columns.filter((column) => fit.has(column));
}

function legend(columns: Column[]): string[] {
  const meanings: Record<string, string> = {
    gaps: 'numbers between a session’s lowest and highest connection_sequence that no line has',
    churn: `connections that lived under ${CHURN_SECONDS} s`,
    1006: 'dropped without a close frame',
    last: 'last close code',
    failed: 'attempts that failed, by the client’s log',
    'at once': 'most connections open at the same time',
    open: 'connections open at the end of the log',
  };
  const told = columns.flatMap(({ name }) =>
    meanings[name] ? [`${name}: ${meanings[name]}`] : [],
  );
  const hasTimes = columns.some(({ name }) => name.endsWith(' seen'));
  const notes = [...told, ...(hasTimes ? ['times are UTC'] : [])];
  return notes.length === 0 ? [] : [notes.join(' · ')];
}

function leftOut(all: Filled[], shown: Filled[]): string[] {
  const names = all.filter((column) => !shown.includes(column)).map(({ name }) => name);
  if (names.length === 0) return [];
  return [`No room here for ${names.join(', ')}: a wider terminal has them, and --json.`];
}

function numbers({ lowest_sequence: low, highest_sequence: high }: SessionSummary): string {
  if (low === null || high === null) return '–';
  return low === high ? `${low}` : `${low}–${high}`;
}

function lastCode({ last_close_code: code, gave_up }: SessionSummary): string {
  return `${orDash(code, String)}${gave_up ? ' gave up' : ''}`;
}

/** Of how many, where some are not known. */
function connected(session: SessionSummary): string {
  const { connected_seconds, known_lifetimes: known, ended_connections: ended } = session;
  if (connected_seconds === null) return '–';
  return known === ended
    ? seconds(connected_seconds)
    : `${seconds(connected_seconds)} (${known} of ${ended})`;
}

function shownTime(iso: string): string {
  return iso.replace('T', ' ').replace(/\..*$/, '');
}

function orDash<T>(value: T | null, shown: (value: T) => string): string {
  return value === null ? '–' : shown(value);
}

function widest(texts: string[]): number {
  return texts.reduce((most, { length }) => Math.max(most, length), 0);
}
