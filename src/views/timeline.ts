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
  finish(): SessionView;
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
  let lines = 0;

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
      lines += 1;
      if (lines > MAX_LINES) return;
      const stream = streams.get(record.file) ?? 0;
      noteClock(record, stream);
      const ofStream = held[record.log].get(stream) ?? [];
      held[record.log].set(stream, ofStream);
      ofStream.push(record);
    },
    finish() {
      const server = byNumber([...held.server.values()].map(serverUses));
      const client = byNumber([...held.client.values()].map(clientUses));
      const chapters = merged(client, server);
      addFaults(chapters, [...held.faults.values()].flat());
      const left_out = Math.max(0, lines - MAX_LINES);
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

/** A number is used anew by each handshake that was accepted; a close belongs to the one it ends. */
function serverUses(records: LogRecord[]): Use[] {
  const uses: Use[] = [];
  const latest = new Map<number, Use[]>();
  for (const record of inOrderOfStart(records)) {
    const { connection_sequence: number, client_id, event } = record;
    const same = number === undefined ? [] : (latest.get(number) ?? []);
    if (number !== undefined) latest.set(number, same);
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
  const latest = new Map<number, Use>();
  let before: LogRecord[] = [];
  for (const record of records) {
    const { connection_sequence: number, client_id, event } = record;
    if (number === undefined) {
      before.push(record);
      continue;
    }
    const known = latest.get(number);
    if (known && event !== 'connection_attempt') {
      known.records.push(record);
      known.client_id ??= client_id;
    } else {
      const begun = { number, client_id, records: [...before, record] };
      before = [];
      uses.push(begun);
      latest.set(number, begun);
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
  const free = new Map<number, Use[]>();
  for (const use of server) {
    if (use.number === null) continue;
    const same = free.get(use.number) ?? [];
    free.set(use.number, same);
    same.push(use);
  }
  const partners = new Map<Use, Use>();
  for (const use of client) {
    const candidates = (use.number !== null && free.get(use.number)) || [];
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
