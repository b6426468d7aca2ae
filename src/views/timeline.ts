import type { LogName } from '../core/records.ts';
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
      const server = byNumber([...held.server.values()].map(serverUses));
      const client = byNumber([...held.client.values()].map(clientUses));
      const chapters = merged(client, server);
      addFaults(chapters, [...held.faults.values()].flat());
      return { session_id, clocks: [...clocks.values()], children, chapters, left_out };
    },
  };
}

/** A number as one log used it once. */
interface Use {
  number: number | null;
  client_id: string | undefined;
  records: LogRecord[];
}

/** What tells that two uses are one: the number or, where there is none, the connection. */
const keyOf = ({ number, client_id }: Use): number | string | undefined => number ?? client_id;

/** A number is used anew by each handshake that was accepted; a close belongs to the one it ends. */
function serverUses(records: LogRecord[]): Use[] {
  const uses: Use[] = [];
  const latest = new Map<number | string, Use[]>();
  for (const record of inOrderOfStart(records)) {
    const { connection_sequence: number, client_id, event } = record;
    const key = number ?? client_id;
    const same = key === undefined ? [] : (latest.get(key) ?? []);
    if (key !== undefined) latest.set(key, same);
    const use = same.findLast((use) => sameId(use.client_id, client_id));
    if (use && event !== 'connection_opened') {
      use.records.push(record);
    } else {
      const begun = { number: number ?? null, client_id, records: [record] };
      uses.push(begun);
      same.push(begun);
    }
  }
  return uses;
}

/** Where a log has closes only, a connection's place in the view is when it began. */
function inOrderOfStart(records: LogRecord[]): LogRecord[] {
  if (records.some(({ event }) => event === 'connection_opened')) return records;
  const start = ({ time, fields }: LogRecord) =>
    time - (durationOf(fields.duration_seconds) || 0) * 1000;
  return records.toSorted((one, other) => start(one) - start(other));
}

/** A number is used anew by each attempt; what names none leads to the next, as a page's load does. */
function clientUses(records: LogRecord[]): Use[] {
  const uses: Use[] = [];
  const latest = new Map<number | string, Use>();
  let before: LogRecord[] = [];
  for (const record of records) {
    const { connection_sequence: number, client_id, event } = record;
    const key = number ?? client_id;
    if (key === undefined) {
      before.push(record);
      continue;
    }
    const known = latest.get(key);
    if (known && event !== (number === undefined ? 'connection_opened' : 'connection_attempt')) {
      known.records.push(record);
      known.client_id ??= client_id;
    } else {
      const begun = { number: number ?? null, client_id, records: [...before, record] };
      before = [];
      uses.push(begun);
      latest.set(key, begun);
    }
  }
  return before.length === 0
    ? uses
    : [...uses, { number: null, client_id: undefined, records: before }];
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
      chapter = { connection_sequence: number, client: [], server: [], faults: [] };
      chapters.push(chapter);
    }
    chapter.faults.push(fault);
  }
}
