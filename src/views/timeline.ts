import type { LogName } from '../core/records.ts';
import { OpenConnections } from '../model/open-connections.ts';
import { durationOf, type LogRecord, sameId } from '../model/record.ts';
import type { Chapter, Clock, SessionView } from '../model/session-view.ts';

/** Lines held of one session; a log may have millions of it. */
export const MAX_LINES = 20_000;

/** A log file, and whose it is. */
export interface StoryLog {
  file: string;
  log: LogName;
  stream: number;
}

export interface Timeline {
  /** The session's records, and those that name it as the one that they come from. */
  onRecord(record: LogRecord): void;
  /** @param left_out lines of the session that were not handed over */
  finish(left_out?: number): SessionView;
}

/** Folds a session's records, file by file, to its view. */
export function createTimeline(session_id: string, logs: readonly StoryLog[]): Timeline {
  const streams = new Map(logs.map(({ file, stream }) => [file, stream]));
  const held: Record<LogName, Map<number, LogRecord[]>> = {
    server: new Map(),
    client: new Map(),
    faults: new Map(),
  };
  const clocks = new Map<string, Clock>();
  const children: LogRecord[] = [];

  function noteClock({ log, file, time }: LogRecord, stream: number): void {
    if (log === 'faults') return;
    const key = `${log} ${stream}`;
    const clock = clocks.get(key) ?? { side: log, files: [], lines: 0, start: time };
    clocks.set(key, clock);
    clock.lines += 1;
    if (!clock.files.includes(file)) clock.files.push(file);
  }

  return {
    onRecord(record) {
      if (record.session_id !== session_id) {
        if (record.event === 'session_started') children.push(record);
        return;
      }
      const stream = streams.get(record.file) ?? 0;
      noteClock(record, stream);
      const ofStream = held[record.log].get(stream) ?? [];
      held[record.log].set(stream, ofStream);
      ofStream.push(record);
    },
    finish(left_out = 0) {
      const server = byNumber(
        [...held.server.values()].map((records) => usesOf(inOrderOfStart(records))),
      );
      const client = byNumber([...held.client.values()].map(usesOf));
      const chapters = merged(client, server);
      addFaults(chapters, [...held.faults.values()].flat());
      return { session_id, clocks: [...clocks.values()], children, chapters, left_out };
    },
  };
}

/** One connection, or an attempt at one, as one log tells it. */
interface Use {
  number: number | null;
  client_id: string | undefined;
  records: LogRecord[];
  opened: LogRecord | undefined;
  isClosed: boolean;
  lived: number | null;
}

/** What tells that two uses are one: the number or, where there is none, the connection. */
const keyOf = ({ number, client_id }: Use): number | string | undefined => number ?? client_id;

const ENDS = new Set(['connection_closed', 'document_unloaded']);
/** How an attempt goes: browsers close a connection that never opened. */
const ANSWERS = new Set(['connection_opened', 'connection_failed', 'connection_closed']);
/** Tells of a connection, even where it names none. */
const isOfConnection = ({ event, connection_sequence: number, client_id }: LogRecord): boolean =>
  number !== undefined ||
  client_id !== undefined ||
  ANSWERS.has(event) ||
  event === 'connection_attempt' ||
  event === 'handshake_rejected';

/** A new one is begun by each attempt, and on a server by each handshake that it accepted. */
const isBeginning = ({ event, log }: LogRecord): boolean =>
  event === 'connection_attempt' || (event === 'connection_opened' && log === 'server');

/** What is around no connection leads to the next, as a page's load does. */
function usesOf(records: LogRecord[]): Use[] {
  const uses = new Uses();
  let before: LogRecord[] = [];
  for (const record of records) {
    const use = isBeginning(record) ? undefined : uses.of(record);
    if (use) {
      uses.join(use, record);
    } else if (isOfConnection(record)) {
      uses.join(uses.begin(before), record);
      before = [];
    } else {
      before.push(record);
    }
  }
  if (before.length > 0) uses.begin(before);
  return uses.all;
}

/** The uses that one log has told of so far. */
class Uses {
  readonly all: Use[] = [];
  readonly #named = new Map<number | string, Use[]>();
  readonly #open = new OpenConnections<LogRecord, Use>({
    number: ({ connection_sequence }) => connection_sequence ?? 0,
    hasClient: ({ client_id }) => client_id !== undefined,
    isSameClient: ({ client_id: one }, { client_id: other }) =>
      one === undefined || other === undefined ? undefined : one === other,
  });
  /** An attempt, until the log tells how it went. */
  #pending: Use | undefined;

  begin(records: LogRecord[]): Use {
    const use: Use = {
      ...{ number: null, client_id: undefined, records, opened: undefined },
      ...{ isClosed: false, lived: null },
    };
    this.all.push(use);
    return use;
  }

  /** The use that a line is of, and ends if it tells of an end; undefined for a new one. */
  of(record: LogRecord): Use | undefined {
    const { event, time } = record;
    const ended = ENDS.has(event) ? this.#open.end(record) : undefined;
    if (ended) {
      const lived = (time - (ended.opened?.time ?? Number.NaN)) / 1000;
      ended.lived = this.#open.isSure && lived >= 0 ? lived : null;
      return ended;
    }
    const pending = this.#pending;
    if (pending && ANSWERS.has(event) && isSameName(pending, record)) return pending;
    const known =
      this.#knownAs(record.connection_sequence, record) ?? this.#knownAs(record.client_id, record);
    if (event === 'connection_opened' && known?.opened) return undefined;
    return event === 'connection_closed' && known?.isClosed ? undefined : known;
  }

  join(use: Use, record: LogRecord): void {
    const { event, connection_sequence: number, client_id } = record;
    use.records.push(record);
    if (use.number === null && number !== undefined) this.#name(number, use);
    if (use.client_id === undefined && client_id !== undefined) this.#name(client_id, use);
    use.number ??= number ?? null;
    use.client_id ??= client_id;
    use.isClosed ||= event === 'connection_closed';
    if (event === 'connection_attempt') this.#pending = use;
    else if (use === this.#pending && ANSWERS.has(event)) this.#pending = undefined;
    if (event !== 'connection_opened') return;
    use.opened = record;
    this.#open.open(record, use);
  }

  #knownAs(name: number | string | undefined, record: LogRecord): Use | undefined {
    if (name === undefined) return undefined;
    return this.#named.get(name)?.findLast((use) => isSameName(use, record));
  }

  #name(name: number | string, use: Use): void {
    const same = this.#named.get(name) ?? [];
    this.#named.set(name, same);
    same.push(use);
  }
}

/** Whether a line names no other connection. */
const isSameName = (use: Use, { connection_sequence: number, client_id }: LogRecord): boolean =>
  (use.number === null || number === undefined || use.number === number) &&
  sameId(use.client_id, client_id);

/** Where a log has closes only, a connection's place in the view is when it began. */
function inOrderOfStart(records: LogRecord[]): LogRecord[] {
  if (records.some(({ event }) => event === 'connection_opened')) return records;
  const start = ({ time, fields }: LogRecord) =>
    time - (durationOf(fields.duration_seconds) || 0) * 1000;
  return records.toSorted((one, other) => start(one) - start(other));
}

/** Several processes' uses as one list: each in its own order, the lowest number next. */
function byNumber(lists: Use[][]): Use[] {
  const [first = [], ...rest] = lists;
  return rest.reduce((one, other) => {
    const all: Use[] = [];
    let next = 0;
    for (const use of other) {
      for (; next < one.length && before(one[next], use); next++) all.push(one[next] as Use);
      all.push(use);
    }
    return [...all, ...one.slice(next)];
  }, first);
}

const before = (one: Use | undefined, other: Use): boolean =>
  (one?.number ?? Number.POSITIVE_INFINITY) <= (other.number ?? Number.POSITIVE_INFINITY);

/**
 * Both sides as one view. What both tell of stands together; what one side alone tells of stands
 * where its own log has it, and between two of the other side by its number.
 */
function merged(client: Use[], server: Use[]): Chapter[] {
  const partners = pair(client, server);
  const taken = new Set<Use>();
  const chapters: Chapter[] = [];
  const tell = (one: Use | undefined, other: Use | undefined) => {
    chapters.push({
      connection_sequence: one?.number ?? other?.number ?? null,
      client: one?.records ?? [],
      server: other?.records ?? [],
      faults: [],
      lived_seconds: { client: one?.lived ?? null, server: other?.lived ?? null },
    });
    if (other) taken.add(other);
  };
  const shared = new Set(partners.values());
  let next = 0;
  const tellServer = (until: (use: Use) => boolean) => {
    for (let use = server[next]; use && !until(use); use = server[++next]) {
      if (!shared.has(use)) tell(undefined, use);
      // Its own turn in the client's log is still to come.
      else if (!taken.has(use)) return;
    }
  };
  for (const use of client) {
    const partner = partners.get(use);
    tellServer((other) => other === partner || (!partner && !before(other, use)));
    tell(use, partner);
    if (partner && server[next] === partner) next += 1;
  }
  for (const use of server) if (!taken.has(use)) tell(undefined, use);
  return chapters;
}

/** For uses of the client, those of the server that tell of the same connection. */
function pair(client: Use[], server: Use[]): Map<Use, Use> {
  const free = new Map<number | string | undefined, Use[]>();
  for (const use of server) {
    const same = free.get(keyOf(use)) ?? [];
    free.set(keyOf(use), same);
    same.push(use);
  }
  free.delete(undefined);
  const partners = new Map<Use, Use>();
  for (const use of client) {
    const candidates = free.get(keyOf(use)) ?? [];
    const partner = candidates.find(({ client_id }) => sameId(client_id, use.client_id));
    if (!partner) continue;
    candidates.splice(candidates.indexOf(partner), 1);
    partners.set(use, partner);
  }
  return partners;
}

function addFaults(chapters: Chapter[], faults: LogRecord[]): void {
  for (const fault of faults) {
    const number = fault.connection_sequence ?? null;
    let chapter = chapters.findLast(({ connection_sequence }) => connection_sequence === number);
    if (!chapter) {
      const lived_seconds = { client: null, server: null };
      chapter = { connection_sequence: number, client: [], server: [], faults: [], lived_seconds };
      chapters.push(chapter);
    }
    chapter.faults.push(fault);
  }
}
