/**
 * The checks a second time: straight from the definitions in docs/logs.md, as simply as can be, at the
 * cost of time that grows with the square of the log. For logs of one side alone, which are whole.
 *
 * What the definitions leave open is taken as the judge takes it, so about these it proves nothing:
 * - Where a server logs opens, each `connection_opened` line is a connection, and their order in its log
 *   is that of the handshakes. Where it logs closes alone, each `client_id` is a connection, which
 *   started at its time minus its duration; starts no further apart than 10 ms, or than the units that
 *   all times and all durations of the log are whole in, may be in either order, by the rounding of the two.
 * - With opens, a connection is held against the one opened before it. With closes alone, against all
 *   that surely started before it.
 * - A `session_verified: false` connection is a stranger's, and neither its place nor its number is held
 *   against the session; only its own lines are against each other.
 * - A line without a number is found to be wrong whatever it tells of its connection, not only a close;
 *   and an end has its beginning, and a beginning its end, where a line names it by its `client_id` alone.
 * - A client's first attempt is known where its log has the session's start.
 * - A duration that is no number, or is below 0, has no start, so such a close says nothing of the order.
 * - A log that does not begin with the start of its process begins in the middle of things. What ended
 *   there may have begun before the log: by its duration, to the second, or where it has none; but not
 *   with a number that is no lower than one that was opened since.
 * - The same number at two servers is two connections. Their clocks are not compared, so there is no
 *   order between lines of two servers.
 * - Where a client's log has no welcome at all, and does not begin with its process, it logs none, and a close
 *   is of a connection that was welcomed.
 * - Where it has no attempt at all, and does not begin with its process, it logs none, and its welcomes have
 *   the order of its attempts.
 * - A client that uses a number again begins it anew: it has had no welcome yet and no end.
 * - Where a server opens a number again under the same `client_id`, it has as many closes as opens.
 */

/** What is looked for. */
export const BRUTE_CODES = new Set([
  'sequence-not-increasing',
  'sequence-duplicated',
  'sequence-missing',
  'sequence-not-from-one',
  'attempt-skipped',
  'close-orphaned',
]);

export interface BruteLog {
  side: 'server' | 'client';
  /** Each is one server's, or one client's, from line 1. null for a line that can't be read. */
  lines: readonly (BruteLine | null)[];
}

export type BruteLine = Readonly<Record<string, unknown>>;

export interface BruteFinding {
  code: string;
  session: string | null;
  number: number | null;
  /** `log:line` of what proves it, logs from 0 and lines from 1. */
  proof: string[];
}

interface Told {
  event: string;
  session: string;
  number: number | null;
  client: string | undefined;
  time: number;
  duration: number | undefined;
  verified: boolean;
  /** It says whether it is verified. */
  tellsVerified: boolean;
  /** A close of a connection that is older than its log, which has opens. */
  isOld?: true;
  /** It may be of a connection, or an attempt, that is older than the log. */
  mayBeOlder: boolean;
  /** Its log begins with the start of its process. */
  isBegun: boolean;
  /** Milliseconds. */
  startPrecision: number;
  log: number;
  line: number;
  place: string;
}

const START_PRECISION_MS = 10;
const DURATION_PRECISION_MS = 1000;

export function bruteForce(logs: readonly BruteLog[]): BruteFinding[] {
  const told = logs.map(({ lines }, log) => {
    const read = lines.filter((line) => line !== null);
    const precision = startPrecision(read);
    return lines.flatMap((line, index) => tell(line, log, index, read[0], precision));
  });
  const ofSide = (side: BruteLog['side']) => told.filter((_, log) => logs[log]?.side === side);
  return [
    ...ofSide('server').flatMap(ofOneServer),
    ...duplicated(ofSide('server').flatMap(connectionsOf)),
    ...ofSide('client').flatMap(ofOneClient),
  ];
}

function tell(
  line: BruteLine | null,
  log: number,
  index: number,
  first: BruteLine | undefined,
  precision: number,
): Told[] {
  if (line === null || typeof line.session_id !== 'string') return [];
  const number = line.connection_sequence;
  return [
    {
      event: eventOf(line),
      session: line.session_id,
      number: Number.isSafeInteger(number) && Number(number) > 0 ? Number(number) : null,
      client: typeof line.client_id === 'string' ? line.client_id : undefined,
      time: Date.parse(String(line.time)),
      duration: durationIn(line),
      verified: line.session_verified !== false,
      tellsVerified: line.session_verified !== undefined,
      mayBeOlder: mayBeOlder(line, first ?? line),
      isBegun: isStart(first ?? line),
      startPrecision: precision,
      log,
      line: index + 1,
      place: `${log}:${index + 1}`,
    },
  ];
}

const durationIn = ({ duration_seconds: seconds }: BruteLine) =>
  Number.isFinite(seconds) && Number(seconds) >= 0 ? Number(seconds) : undefined;

function startPrecision(lines: readonly BruteLine[]): number {
  const times = lines.map(({ time }) => Date.parse(String(time)));
  const durations = lines
    .filter((line) => eventOf(line) === 'connection_closed')
    .map((line) => Number(durationIn(line)) * 1000);
  return Math.max(START_PRECISION_MS, unitOf(times) + unitOf(durations));
}

/** Seconds, tenths and so on: the first that all the values, in milliseconds, are whole in. */
function unitOf(values: number[]): number {
  const isWhole = (value: number) => Math.abs(value - Math.round(value)) < 1e-6;
  const known = values.filter((value) => Number.isFinite(value));
  return [1000, 100, 10].find((unit) => known.every((value) => isWhole(value / unit))) ?? 1;
}

function mayBeOlder(line: BruteLine, first: BruteLine): boolean {
  if (isStart(first)) return false;
  const duration = durationIn(line);
  if (duration === undefined) return true;
  const start = Date.parse(String(line.time)) - duration * 1000;
  return start <= Date.parse(String(first.time)) + DURATION_PRECISION_MS;
}

const isStart = (line: BruteLine) => ['server_started', 'client_started'].includes(eventOf(line));

/** A line with a close code that names no event is a close. */
const eventOf = ({ event, close_code }: BruteLine): string =>
  typeof event !== 'string' && close_code !== undefined ? 'connection_closed' : String(event);

const find = (code: string, subject: Told, ...proof: Told[]): BruteFinding => ({
  code,
  session: subject.session,
  number: subject.number,
  proof: proof.map(({ place }) => place),
});

const isBefore = (one: Told, other: Told) => one.line < other.line;
const isSame = (one: Told, other: Told) =>
  one.session === other.session && one.number === other.number;
const isSameConnection = (one: Told, other: Told) =>
  isSame(one, other) && one.client === other.client;

const closesOf = (lines: Told[]) => lines.filter(({ event }) => event === 'connection_closed');
const numberless = (lines: Told[]) =>
  lines.filter(isNumberless).map((line) => find('sequence-missing', line, line));

/** Of a connection, or an attempt: an open without a number hides it as much as a close does. */
const isNumberless = ({ event, number, client }: Told) =>
  number === null &&
  (event === 'document_unloaded' ? client !== undefined : event.startsWith('connection_'));

/** The first line of each of a server's connections. */
function connectionsOf(lines: Told[]): Told[] {
  const opens = opensOf(lines);
  if (opens.length > 0) {
    const older = olderCloses(lines).map((close): Told => ({ ...close, isOld: true }));
    return [...opens.filter(({ number }) => number !== null), ...older].toSorted(
      (one, other) => one.line - other.line,
    );
  }
  const closes = closesOf(lines).filter(({ number }) => number !== null);
  return closes.filter(
    (close) => !closes.some((c) => isBefore(c, close) && isSameConnection(c, close)),
  );
}

const opensOf = (lines: Told[]) => lines.filter(({ event }) => event === 'connection_opened');

/** A connection is held against the first with its number, by log and line. */
function duplicated(connections: Told[]): BruteFinding[] {
  return connections.flatMap((connection, index) => {
    const first = connections
      .slice(0, index)
      .find((other) => isSame(other, connection) && !areStrangers(other, connection));
    return first ? [find('sequence-duplicated', connection, first, connection)] : [];
  });
}

/** Where opens say whether they are verified, older closes may be anybody's. */
function areStrangers(one: Told, other: Told): boolean {
  if (one.client === other.client) return false;
  if (one.isOld && other.isOld) return true;
  if (one.isOld || other.isOld) return (one.isOld ? other : one).tellsVerified;
  return !(one.verified && other.verified);
}

function ofOneServer(lines: Told[]): BruteFinding[] {
  const opens = opensOf(lines);
  return [
    ...numberless(lines),
    ...(opens.length > 0 ? fallingOpens(opens, lines) : fallingCloses(closesOf(lines))),
    ...orphanedCloses(lines),
  ];
}

const fallingOpens = (opens: Told[], lines: Told[]) =>
  falling(
    opens.filter(({ verified }) => verified),
    olderCloses(lines),
  );

/** Closes of connections that are older than the log, and that it tells nothing else of before. */
const olderCloses = (lines: Told[]) =>
  closesOf(lines).filter(
    (close) =>
      close.number !== null &&
      isOlder(close, opensOf(lines)) &&
      !lines.some((other) => isBefore(other, close) && isSameConnection(other, close)),
  );

/** A line whose number is lower than that of its session's line before; the first, than any older one. */
function falling(lines: Told[], older: Told[]): BruteFinding[] {
  const numbered = lines.filter(({ number }) => number !== null);
  return numbered.flatMap((line) => {
    const isEarlier = (other: Told) => isBefore(other, line) && other.session === line.session;
    const [highest] = older
      .filter(isEarlier)
      .toSorted((one, other) => Number(other.number) - Number(one.number));
    const previous = numbered.findLast(isEarlier) ?? (line.tellsVerified ? undefined : highest);
    return previous && Number(previous.number) > Number(line.number)
      ? [find('sequence-not-increasing', line, previous, line)]
      : [];
  });
}

function fallingCloses(closes: Told[]): BruteFinding[] {
  const placed = closes.filter(
    ({ number, duration }) => number !== null && Number.isFinite(duration),
  );
  return placed.flatMap((close) => {
    const earlier = placed.filter(
      (other) =>
        other.session === close.session && startOf(other) + close.startPrecision < startOf(close),
    );
    const highest = Math.max(...earlier.map(({ number }) => Number(number)));
    const proof = earlier.find(({ number }) => number === highest);
    return proof && highest > Number(close.number)
      ? [find('sequence-not-increasing', close, proof, close)]
      : [];
  });
}

const startOf = ({ time, duration }: Told) => time - Number(duration) * 1000;

function orphanedCloses(lines: Told[]): BruteFinding[] {
  const opens = opensOf(lines);
  const closes = closesOf(lines).filter((close) => isPlaced(close, lines));
  return closes.flatMap((close) => {
    const isOfIt = (other: Told) => isSameConnection(other, close);
    const earlier = closes.filter((other) => isBefore(other, close) && isOfIt(other));
    const opened = opens.filter((open) => isBefore(open, close) && isOfIt(open));
    if (earlier[0] && earlier.length >= opened.length) {
      return [find('close-orphaned', close, earlier[0], close)];
    }
    const isOpened = opens.some(isOfIt);
    return opens.length > 0 && !isOpened && !isOlder(close, opens)
      ? [find('close-orphaned', close, close)]
      : [];
  });
}

/** It was there before the log was, and so before all that the log tells of that session's opens. */
const isOlder = (close: Told, opens: Told[]) =>
  close.mayBeOlder &&
  opens.every(
    (open) =>
      open.number === null ||
      !open.verified ||
      open.session !== close.session ||
      !isBefore(open, close) ||
      Number(open.number) > Number(close.number),
  );

/** No line tells of that connection without its number. */
const isPlaced = ({ number, client }: Told, lines: Told[]) =>
  number !== null &&
  (client === undefined || !lines.some((line) => isNumberless(line) && line.client === client));

const ENDS = ['connection_closed', 'connection_failed', 'document_unloaded'];

function ofOneClient(lines: Told[]): BruteFinding[] {
  const numbered = lines.filter(({ number }) => number !== null);
  const attempts = numbered.filter(({ event }) => event === 'connection_attempt');
  const logsAttempts = lines.some((line) => line.isBegun || line.event === 'connection_attempt');
  const beginnings = logsAttempts ? attempts : opensOf(numbered);
  return [
    ...numberless(lines),
    ...attempts.flatMap((attempt) => firstAttempt(attempt, lines)),
    ...falling(beginnings, olderLines(numbered)),
    ...duplicated(attempts),
    ...attempts.flatMap((attempt) => sameOlder(attempt, numbered)),
    ...attempts.flatMap((attempt) => jump(attempt, numbered)),
    ...numbered.flatMap((line) => outcome(line, numbered, logsAttempts)),
    ...numbered
      .filter((line) => isPlaced(line, lines))
      .flatMap((line) => orphan(line, numbered, lines)),
  ];
}

/** Of what is older than the log, and has no other line before. */
const olderLines = (lines: Told[]) =>
  lines.filter(
    (line) =>
      (line.event === 'connection_opened' || ENDS.includes(line.event)) &&
      line.mayBeOlder &&
      !lines.some((other) => isBefore(other, line) && isSame(other, line) && tellsOfUse(other)),
  );

const tellsOfUse = ({ event }: Told) =>
  ['connection_attempt', 'connection_opened', ...ENDS].includes(event);

/** A number that is older than the log is not to be used in it. */
function sameOlder(attempt: Told, lines: Told[]): BruteFinding[] {
  const isEarlier = (other: Told) => isBefore(other, attempt) && isSame(other, attempt);
  if (lines.some((other) => other.event === 'connection_attempt' && isEarlier(other))) return [];
  const older = olderLines(lines).find(isEarlier);
  return older ? [find('sequence-duplicated', attempt, older, attempt)] : [];
}

function firstAttempt(attempt: Told, lines: Told[]): BruteFinding[] {
  const before = lines.filter((l) => l.session === attempt.session && isBefore(l, attempt));
  const isBorn = before.some(({ event }) => event === 'session_started');
  const isFirst = before.every(({ event }) => event !== 'connection_attempt');
  return isBorn && isFirst && attempt.number !== 1
    ? [find('sequence-not-from-one', attempt, attempt)]
    : [];
}

/** Another number than the one after the last that the session used, or was told of by the server. */
function jump(attempt: Told, lines: Told[]): BruteFinding[] {
  const previous = lines.findLast(
    (line) =>
      line.session === attempt.session &&
      isBefore(line, attempt) &&
      ['connection_attempt', 'sequence_advanced'].includes(line.event),
  );
  if (!previous) return [];
  const ahead = Number(attempt.number) - Number(previous.number) - 1;
  const isRepeated =
    sameOlder(attempt, lines).length > 0 ||
    lines.some((l) => l !== attempt && l.event === 'connection_attempt' && isSame(l, attempt));
  return ahead > 0 || (ahead < 0 && previous.event === 'sequence_advanced' && !isRepeated)
    ? [find('attempt-skipped', attempt, previous, attempt)]
    : [];
}

/** What comes of an attempt, a welcome or an end: of none, or a welcome that had come before. */
function outcome(line: Told, lines: Told[], logsAttempts: boolean): BruteFinding[] {
  if (line.event !== 'connection_opened' && !ENDS.includes(line.event)) return [];
  const { attempt, welcome, end } = useBefore(line, lines);
  // What comes of an attempt that was skipped is told once.
  if (!attempt && !welcome && !end) {
    return line.mayBeOlder || !logsAttempts ? [] : [find('attempt-skipped', line, line)];
  }
  return welcome && line.event === 'connection_opened'
    ? [find('sequence-duplicated', line, welcome, line)]
    : [];
}

/** What comes after the end, and an end that does not fit its beginning. */
function orphan(line: Told, lines: Told[], all: Told[]): BruteFinding[] {
  if (line.event !== 'connection_opened' && !ENDS.includes(line.event)) return [];
  const { attempt, welcome, end } = useBefore(line, lines);
  if (end) return [find('close-orphaned', line, end, line)];
  const isLeftOver = line.mayBeOlder && !attempt && !welcome;
  const logsNoWelcome = !line.isBegun && opensOf(all).length === 0;
  if (logsNoWelcome && line.event === 'connection_closed') return [];
  return ENDS.includes(line.event) && !fits(line, welcome) && !isLeftOver
    ? [find('close-orphaned', line, line)]
    : [];
}

/** What the log says, before that line, of the last use of its number. */
function useBefore(line: Told, lines: Told[]) {
  const before = lines.filter((other) => isBefore(other, line) && isSame(other, line));
  const attempt = before.findLast(({ event }) => event === 'connection_attempt');
  const since = before.filter((other) => !attempt || isBefore(attempt, other));
  const end = since.find(({ event }) => ENDS.includes(event));
  const alive = since.filter((other) => !end || isBefore(other, end));
  return { attempt, welcome: alive.find(({ event }) => event === 'connection_opened'), end };
}

/** Only what was welcomed closes, and only what was not fails; a page's end may find either. */
function fits({ event, client }: Told, welcome: Told | undefined): boolean {
  if (event === 'connection_failed') return welcome === undefined;
  if (event === 'document_unloaded' && client === undefined) return true;
  return welcome !== undefined && welcome.client === client;
}
