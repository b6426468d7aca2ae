import type { Evidence, Finding } from '../model/findings.ts';
import { durationOf, type LogRecord } from '../model/record.ts';
import { type CreateCheck, finding } from './check.ts';
import type { Facts } from './facts.ts';

interface Numbered extends Evidence {
  session_id: string;
  connection_sequence: number;
}

interface Close extends Numbered {
  /** Milliseconds since the epoch, reckoned back from the close. */
  start: number;
}

/** A beginning below the one before it. */
interface Fall {
  previous: Numbered;
  now: Numbered;
}

/** Of a session's closes in one log. */
interface Closes {
  all: Close[];
  highest: Close | undefined;
  of: Pick<LogRecord, 'log' | 'stream' | 'session_id'>;
}

/**
 * A session's numbers rise in the order of its attempts (client) and of the handshakes the server
 * accepted, which is when each connection opened, never when it closed.
 */
export const sequenceNotIncreasing: CreateCheck = ({ facts, connections }) => {
  const findings: Finding[] = [];
  /** Hellos that the server may have heard of late: a client's log, which is read after, may tell. */
  const mayBeLate: Fall[] = [];
  /** With those of the closes that are clear at once; the others need all that may have started before. */
  const found: Finding[] = [];
  /** The latest beginning in each log of a session; before the first, the highest number that is older. */
  const latest = new Map<string, Numbered>();
  const begun = new Set<string>();
  const closes = new Map<string, Closes>();

  function follow(record: LogRecord): void {
    const now = numbered(record);
    if (!now) return;
    const key = keyOf(record);
    const previous = begun.has(key) || !mayBeOfStrangers(record) ? latest.get(key) : undefined;
    if (previous && now.connection_sequence < previous.connection_sequence) {
      onFall(record, { previous, now });
    }
    latest.set(key, now);
    begun.add(key);
  }

  function onFall({ log }: LogRecord, fall: Fall): void {
    if (log === 'server' && facts.logs.has('client')) {
      mayBeLate.push(fall);
      return;
    }
    const falls = decrease(fall);
    findings.push(falls);
    found.push(falls);
  }

  function noteLeftOver(record: LogRecord): void {
    const now = numbered(record);
    const key = keyOf(record);
    if (!now || begun.has(key) || !connections.isLeftOver(record)) return;
    const highest = latest.get(key)?.connection_sequence ?? 0;
    if (now.connection_sequence > highest) latest.set(key, now);
  }

  function noteClose(record: LogRecord): void {
    const close = numbered(record);
    const start = record.time - durationOf(record.fields.duration_seconds) * 1000;
    if (!close || Number.isNaN(start)) return;
    const { log, stream, session_id } = record;
    const ofSession = closes.get(keyOf(record)) ?? newCloses({ log, stream, session_id });
    closes.set(keyOf(record), ofSession);
    const { all, highest } = ofSession;
    all.push({ ...close, start });
    if (!highest || highest.connection_sequence < close.connection_sequence) {
      ofSession.highest = all.at(-1);
    } else if (
      !isTold(ofSession) &&
      isFall(highest, { ...close, start }, facts.startPrecisionMs(record))
    ) {
      found.push(decrease({ previous: highest, now: close }));
    }
  }

  /** The other half of the server's log has the session's opens, which have an order of their own. */
  function isTold({ of }: Closes): boolean {
    return of.log === 'server' && connections.hasOpensElsewhere(of);
  }

  /** The client had given up on it, and gone on: it is not what came of its order. */
  const isLateHello = ({ now }: Fall) => connections.wasGivenUp(now);

  return {
    onRecord(record) {
      const { log, event } = record;
      if (log === 'client' && event === beginningOf(facts)) {
        follow(record);
      } else if (log === 'server' && event === 'connection_opened') {
        // A stranger with the session's id, but not its token, is not part of its story.
        if (record.fields.session_verified !== false) follow(record);
      } else if (event === 'connection_closed' && hasClosesOnly(facts, record)) {
        noteClose(record);
      } else if (log !== 'faults' && TELLS_OF_OLDER.has(event)) {
        noteLeftOver(record);
      }
    },
    found,
    finish: () => [
      ...mayBeLate.filter((fall) => !isLateHello(fall)).map(decrease),
      ...findings,
      ...[...closes.values()].flatMap((one) =>
        isTold(one) ? [] : decreases(one, facts.startPrecisionMs(one.of)),
      ),
    ],
  };
};

/** What began before its log did shows there by what becomes of it. */
const TELLS_OF_OLDER = new Set([
  'connection_opened',
  'connection_closed',
  'connection_failed',
  'document_unloaded',
]);

const newCloses = (of: Closes['of']): Closes => ({ all: [], highest: undefined, of });

/** What a client logs of each connection first; some log only those that were welcomed. */
const beginningOf = ({ clientAttempts }: Facts): string =>
  clientAttempts ? 'connection_attempt' : 'connection_opened';

/** Where a server tells whose its opens are, it does not tell of what was opened before. */
const mayBeOfStrangers = ({ fields }: LogRecord): boolean => fields.session_verified !== undefined;

/** A session as one server, or one client, saw it: no order holds between two. */
function keyOf({ log, stream = 0, session_id }: LogRecord): string {
  return `${log} ${stream} ${session_id}`;
}

function hasClosesOnly(facts: Facts, { log, stream }: LogRecord): boolean {
  if (log === 'server') return !facts.tellsOpens(stream);
  return !(facts.clientAttempts || facts.clientOpens);
}

const isFall = (earlier: Close, later: Close, precision: number): boolean =>
  earlier.start + precision < later.start &&
  earlier.connection_sequence > later.connection_sequence;

/** Holds each close of a session against the highest number that surely started before it. */
function decreases({ all }: Closes, precisionMs: number): Finding[] {
  const byStart = all.toSorted((one, other) => one.start - other.start);
  let earlier = 0;
  let highest: Close | undefined;
  return byStart.flatMap((close) => {
    for (
      let next = byStart[earlier];
      next && next.start + precisionMs < close.start;
      next = byStart[++earlier]
    ) {
      if (!highest || next.connection_sequence > highest.connection_sequence) highest = next;
    }
    const falls = highest && close.connection_sequence < highest.connection_sequence;
    return falls ? [decrease({ previous: highest as Close, now: close })] : [];
  });
}

function numbered(record: LogRecord): Numbered | undefined {
  const { session_id, connection_sequence, file, line } = record;
  if (session_id === undefined || connection_sequence === undefined) return undefined;
  return { session_id, connection_sequence, file, line };
}

function decrease({ previous, now }: Fall): Finding {
  const details = { previous: previous.connection_sequence };
  return finding('sequence-not-increasing', now, details, [previous, now]);
}
