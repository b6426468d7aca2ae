import { GOING_AWAY } from '../core/close-codes.ts';
import type { Row } from '../model/record.ts';
import { capacityFor, FIRST_CAPACITY, grown, prefetch } from '../model/session-tables.ts';
import { type Facts, START_PRECISION_MS } from './facts.ts';
import { isOfConnection } from './sequence-missing.ts';

/** What has to be judged. */
export interface Sifted {
  /** Sessions, and how many lines tell of each. */
  suspects: { session: number; lines: number }[];
  /** By session: the one that it came from. */
  parents: ReadonlyMap<number, number>;
  /** Lines about connections that name no session. */
  homeless: number;
  /** Sessions of several connections whose order nothing tells. */
  unordered: number;
}

/** What is asked of the facts for each session. */
type Told = Pick<
  Facts,
  'serverOpens' | 'serverEnds' | 'clientAttempts' | 'clientEnds' | 'clientOpens'
>;

/** Of a session: its marks, how many lines tell of it, and the streams that these first stood in. */
const [MARKS, LINES, SERVER_STREAM, CLIENT_STREAM] = [0, 1, 2, 3] as const;
const FIELDS = 4;

const SUSPECT = 1;
const ON_SERVER = 2;
const ON_CLIENT = 4;
/** The server, or the client, ended what it had not begun. */
const SERVER_STRAY = 8;
const CLIENT_STRAY = 16;
/** The server, or the client, tells when a connection began, or of an end alone when that was, or not. */
const SERVER_ORDER = 32;
const CLIENT_ORDER = 64;
const SERVER_UNTIMED = 128;
const CLIENT_UNTIMED = 256;
const ON_SEVERAL_SERVERS = 512;
/** One of them tells of several ends alone. */
const SEVERAL_ALONE = 1024;

/**
 * Tells in one pass, and less than 200 bytes a session, which sessions have to be judged. It knows what a
 * session looks like in which no check can find anything, and holds back all others. Most of those are
 * sound as well; to tell is for the checks, which see their every line.
 */
export class Sieve {
  #homeless = 0;
  readonly #parents = new Map<number, number>();
  readonly #facts: Facts;
  #sessions = new Int32Array(FIELDS * FIRST_CAPACITY);
  #size = 0;
  #capacity = FIRST_CAPACITY;
  /** Made where there are such lines: most logs are of one kind. */
  #handshakes: Handshakes | undefined;
  #closes: Closes | undefined;
  #dials: Dials | undefined;
  /** Only where there are two to be held against each other. */
  readonly #stories: Stories | undefined;

  constructor(facts: Facts) {
    this.#facts = facts;
    const hasBoth = facts.logs.has('server') && facts.logs.has('client');
    this.#stories = hasBoth ? new Stories() : undefined;
  }

  /** Has what is known of them fetched into the processor's cache. */
  onSessions(sessions: Int32Array): void {
    this.#closes?.prefetch(sessions);
  }

  onRow(row: Row): void {
    const { session, log } = row;
    if (session < 0) {
      if (log !== 'faults' && isOfConnection(row.event, row.client_hash !== 0)) this.#homeless += 1;
      return;
    }
    if (session >= this.#size) this.#makeRoom(session + 1);
    (this.#sessions[FIELDS * session + LINES] as number)++;
    if (log === 'server') this.#onServer(row);
    else if (log === 'client') this.#onClient(row);
    else this.#mark(session, SUSPECT);
  }

  finish(): Sifted {
    const suspects: Sifted['suspects'] = [];
    const { serverOpens, serverEnds, clientAttempts, clientEnds, clientOpens } = this.#facts;
    const facts = { serverOpens, serverEnds, clientAttempts, clientEnds, clientOpens };
    let unordered = 0;
    for (let session = 0; session < this.#size; session++) {
      if (this.#isSuspect(session, facts)) {
        suspects.push({ session, lines: this.#linesOf(session) });
      }
      if (this.#isUnordered(session, facts)) unordered += 1;
    }
    return { suspects, parents: this.#parents, homeless: this.#homeless, unordered };
  }

  #isUnordered(session: number, { clientAttempts, clientOpens }: Told): boolean {
    const marks = this.#marksOf(session);
    if ((marks & SEVERAL_ALONE) === 0) return false;
    const stream = this.#sessions[FIELDS * session + SERVER_STREAM] as number;
    const isOnOne = (marks & ON_SEVERAL_SERVERS) === 0;
    const isOpened = this.#handshakes?.isKnown(session) === true;
    const hasOpens = isOnOne
      ? isOpened || this.#facts.tellsOpens(stream)
      : isOpened && this.#facts.mayBeSplit;
    const isKnown = (order: number, untimed: number, hasBeginnings: boolean) =>
      (marks & order) !== 0 && ((marks & untimed) === 0 || hasBeginnings);
    return !(
      isKnown(SERVER_ORDER, SERVER_UNTIMED, hasOpens) ||
      isKnown(CLIENT_ORDER, CLIENT_UNTIMED, clientAttempts || clientOpens)
    );
  }

  #makeRoom(size: number): void {
    this.#size = size;
    if (size <= this.#capacity) return;
    this.#capacity = capacityFor(size);
    this.#sessions = grown(this.#sessions, FIELDS * this.#capacity);
    for (const part of [this.#handshakes, this.#closes, this.#dials, this.#stories]) {
      part?.grow(this.#capacity);
    }
  }

  #isSuspect(
    session: number,
    { serverOpens, serverEnds, clientAttempts, clientEnds, clientOpens }: Told,
  ): boolean {
    const marks = this.#marksOf(session);
    if ((marks & SUSPECT) !== 0) return true;
    const stream = this.#sessions[FIELDS * session + SERVER_STREAM] as number;
    const hasStray = (marks & SERVER_STRAY) !== 0;
    if (hasStray && (this.#facts.mayBeSplit || this.#facts.tellsOpens(stream))) return true;
    if ((marks & CLIENT_STRAY) !== 0 && (clientAttempts || clientOpens)) return true;
    if (serverEnds && this.#handshakes?.isOpen(session)) return true;
    if (clientEnds && this.#dials?.isBusy(session)) return true;
    // Only the client's end can tell of a connection whose end its server lacks.
    if (this.#stories && this.#handshakes?.isOpen(session)) return true;
    return this.#stories?.agree(session, serverOpens && clientOpens) === false;
  }

  #onServer(row: Row): void {
    const { session, event } = row;
    this.#appear(row, SERVER_STREAM, ON_SERVER);
    if (row.unverified || (row.connection_sequence === 0 && event !== 'handshake_rejected')) {
      this.#mark(session, SUSPECT);
    } else if (event === 'connection_closed') {
      this.#stories?.closed(row, row.close_code, 1);
      if (!this.#handshakes?.close(row)) {
        this.#closedAlone(row, SERVER_STRAY, SERVER_ORDER, SERVER_UNTIMED);
      }
    } else if (event === 'connection_opened') {
      this.#stories?.opened(row, row.document_hash, 1);
      this.#mark(session, SERVER_ORDER);
      this.#handshakes ??= new Handshakes(this.#capacity);
      if (!this.#handshakes.open(row) || this.#closes?.reaches(row)) this.#mark(session, SUSPECT);
    }
  }

  #onClient(row: Row): void {
    const { session, event, record } = row;
    this.#appear(row, CLIENT_STREAM, ON_CLIENT);
    this.#dials ??= new Dials(this.#capacity);
    const dials = this.#dials;
    if (event === 'connection_attempt') {
      this.#mark(session, CLIENT_ORDER);
      const isOnServer = (this.#marksOf(session) & ON_SERVER) !== 0;
      const isTold = !isOnServer && this.#closes?.reaches(row);
      if (!dials.attempt(row) || isTold) this.#mark(session, SUSPECT);
    } else if (event === 'connection_opened') {
      this.#mark(session, CLIENT_ORDER);
      this.#stories?.opened(row, dials.document(session), -1);
      if (!dials.open(row)) this.#mark(session, SUSPECT);
    } else if (event === 'connection_closed') {
      this.#stories?.closed(row, row.close_code, -1);
      if (dials.isKnown(session)) {
        if (!dials.close(row)) this.#mark(session, SUSPECT);
      } else this.#closedAlone(row, CLIENT_STRAY, CLIENT_ORDER, CLIENT_UNTIMED);
    } else if (event === 'connection_failed') {
      if (!dials.fail(row)) this.#mark(session, SUSPECT);
    } else if (event === 'document_loaded') {
      if (!dials.load(row)) this.#mark(session, SUSPECT);
    } else if (event === 'document_unloaded') {
      if (row.client_hash !== 0) this.#stories?.closed(row, GOING_AWAY, -1);
      const isEnd = record?.fields.reason === 'end';
      // At the end of a run, who was still connected is for both logs to tell.
      const isConnected = row.client_hash !== 0 && !this.#stories;
      if (!dials.unload(row) || (isEnd && !isConnected)) this.#mark(session, SUSPECT);
    } else if (event === 'session_started' && record?.fields.reason === 'new') {
      if (!dials.begin(row)) this.#mark(session, SUSPECT);
    } else {
      this.#mark(session, SUSPECT);
      if (row.parent >= 0) this.#parents.set(session, row.parent);
    }
  }

  /** An end without its beginning: all there is in some logs, and in others what they begin with. */
  #closedAlone(row: Row, stray: number, order: number, untimed: number): void {
    const { session, log } = row;
    const several = (this.#marksOf(session) & (order | untimed)) === 0 ? 0 : SEVERAL_ALONE;
    this.#mark(session, several | (Number.isNaN(row.duration_seconds) ? untimed : order));
    const isFirst = log === 'client' || !this.#handshakes?.isKnown(session);
    if (!isFirst || !this.#facts.mayHaveBegunBeforeItsLog(row)) this.#mark(session, stray);
    const isFirstLog = log === 'server' || (this.#marksOf(session) & ON_SERVER) === 0;
    if (!isFirstLog || row.connection_sequence === 0 || !this.#add(row)) {
      this.#mark(session, SUSPECT);
    }
  }

  #add(row: Row): boolean {
    this.#closes ??= new Closes(this.#capacity);
    return this.#closes.add(row);
  }

  /** Two servers' clocks and orders can't be compared, so a session that was on both is told apart. */
  #appear({ session, stream }: Row, field: 2 | 3, mark: number): void {
    const at = FIELDS * session + field;
    if ((this.#marksOf(session) & mark) === 0) this.#sessions[at] = stream;
    else if (this.#sessions[at] !== stream) {
      this.#mark(session, mark === ON_SERVER ? SUSPECT | ON_SEVERAL_SERVERS : SUSPECT);
    }
    this.#mark(session, mark);
  }

  #linesOf(session: number): number {
    return this.#sessions[FIELDS * session + LINES] as number;
  }

  #marksOf(session: number): number {
    return this.#sessions[FIELDS * session + MARKS] as number;
  }

  #mark(session: number, mark: number): void {
    (this.#sessions[FIELDS * session + MARKS] as number) |= mark;
  }
}

/**
 * Handshakes that a server accepts: their numbers rise, each ends once, and documents don't come back.
 * Two may be open at a time, as when an old connection is half-open.
 */
class Handshakes {
  #last: Float64Array;
  #first: Float64Array;
  #firstClient: Int32Array;
  #second: Float64Array;
  #secondClient: Int32Array;
  #document: Int32Array;
  /** One bit for each document, by its hash: a bit that is set may be another's. */
  #documents: Int32Array;

  constructor(capacity: number) {
    this.#last = new Float64Array(capacity);
    this.#first = new Float64Array(capacity);
    this.#firstClient = new Int32Array(capacity);
    this.#second = new Float64Array(capacity);
    this.#secondClient = new Int32Array(capacity);
    this.#document = new Int32Array(capacity);
    this.#documents = new Int32Array(capacity);
  }

  grow(capacity: number): void {
    this.#last = grown(this.#last, capacity);
    this.#first = grown(this.#first, capacity);
    this.#firstClient = grown(this.#firstClient, capacity);
    this.#second = grown(this.#second, capacity);
    this.#secondClient = grown(this.#secondClient, capacity);
    this.#document = grown(this.#document, capacity);
    this.#documents = grown(this.#documents, capacity);
  }

  open({
    session,
    connection_sequence: number,
    client_hash: client,
    document_hash: document,
  }: Row): boolean {
    if (number <= (this.#last[session] as number) || !this.#sees(session, document)) return false;
    this.#last[session] = number;
    if (this.#first[session] === 0) {
      this.#first[session] = number;
      this.#firstClient[session] = client;
    } else if (this.#second[session] === 0) {
      this.#second[session] = number;
      this.#secondClient[session] = client;
    } else return false;
    return true;
  }

  close({ session, connection_sequence: number, client_hash: client }: Row): boolean {
    if (number === 0) return false;
    if (this.#first[session] === number && this.#firstClient[session] === client) {
      this.#first[session] = this.#second[session] as number;
      this.#firstClient[session] = this.#secondClient[session] as number;
      this.#second[session] = 0;
      return true;
    }
    if (this.#second[session] !== number || this.#secondClient[session] !== client) return false;
    this.#second[session] = 0;
    return true;
  }

  /** The server logs an open of its. */
  isKnown(session: number): boolean {
    return this.#last[session] !== 0;
  }

  isOpen(session: number): boolean {
    return this.#first[session] !== 0;
  }

  #sees(session: number, document: number): boolean {
    if (document === 0 || this.#document[session] === document) return true;
    const bit = 1 << (document & 31);
    const known = this.#documents[session] as number;
    this.#document[session] = document;
    this.#documents[session] = known | bit;
    return (known & bit) === 0;
  }
}

/** Runs of numbers that are still missing, the latest, of each session. */
const KEPT_HOLES = 6;
const HOLE_FIELDS = 4;
/**
 * Of a session, 32 bits each: the number and the start of its first close, as doubles; the highest number,
 * the latest start, how many holes, and these.
 */
const [HIGHEST, LATEST, HOLES, FIRST_HOLE] = [4, 5, 6, 7] as const;
const CLOSE_FIELDS = 32;
const MAX_INT32 = 2 ** 31 - 1;

/**
 * Closes without opens: numbers rise with the starts that are reckoned back from them. A close that comes
 * late, as that of a half-open connection does, has a number that was missing so far, and its start lies
 * between those of the numbers around the hole. All is told from the session's first close: numbers and
 * milliseconds, in 32 bits.
 */
class Closes {
  /** A hole: its first and last number, the latest start below it, and the earliest above. */
  #kept: Int32Array;
  /** The same memory. */
  #first: Float64Array;

  constructor(capacity: number) {
    this.#kept = new Int32Array(CLOSE_FIELDS * capacity);
    this.#first = new Float64Array(this.#kept.buffer);
  }

  grow(capacity: number): void {
    this.#kept = grown(this.#kept, CLOSE_FIELDS * capacity);
    this.#first = new Float64Array(this.#kept.buffer);
  }

  prefetch(sessions: Int32Array): void {
    prefetch(this.#kept, CLOSE_FIELDS, sessions, FIRST_HOLE);
  }

  /** A number as high was closed already. */
  reaches({ session, connection_sequence: number }: Row): boolean {
    const at = session * CLOSE_FIELDS;
    const first = this.#first[at / 2] as number;
    return first !== 0 && number <= first + (this.#kept[at + HIGHEST] as number);
  }

  add({ session, connection_sequence, time, duration_seconds: duration }: Row): boolean {
    // Without a duration nothing is known of its start, and its number alone has to fit.
    const hasStart = !Number.isNaN(duration);
    const startedAt = hasStart ? time - duration * 1000 : time;
    const at = session * CLOSE_FIELDS;
    const first = this.#first;
    if (first[at / 2] === 0) {
      first[at / 2] = connection_sequence;
      first[at / 2 + 1] = startedAt;
      this.#open(at, 1 - Math.min(connection_sequence, MAX_INT32), -1, -MAX_INT32, 0);
      return true;
    }
    const number = connection_sequence - (first[at / 2] as number);
    const latest = this.#kept[at + LATEST] as number;
    const start = hasStart ? Math.round(startedAt - (first[at / 2 + 1] as number)) : latest;
    if (Math.abs(number) > MAX_INT32 || Math.abs(start) > MAX_INT32) return false;
    return number > (this.#kept[at + HIGHEST] as number)
      ? this.#append(at, number, start)
      : hasStart && this.#fill(at, number, start);
  }

  /** A number above all others. */
  #append(at: number, number: number, start: number): boolean {
    const kept = this.#kept;
    const highest = kept[at + HIGHEST] as number;
    const latest = kept[at + LATEST] as number;
    if (start < latest - TOLERANCE_MS) return false;
    if (number > highest + 1) this.#open(at, highest + 1, number - 1, latest, start);
    kept[at + HIGHEST] = number;
    if (start > latest) kept[at + LATEST] = start;
    return true;
  }

  /** A number that is missing so far; numbers of holes that are forgotten can't be told from used ones. */
  #fill(at: number, number: number, start: number): boolean {
    const kept = this.#kept;
    for (let hole = this.#end(at) - HOLE_FIELDS; hole >= at + FIRST_HOLE; hole -= HOLE_FIELDS) {
      if (number < (kept[hole] as number) || number > (kept[hole + 1] as number)) continue;
      const first = kept[hole] as number;
      const last = kept[hole + 1] as number;
      const after = kept[hole + 2] as number;
      const before = kept[hole + 3] as number;
      // Later numbers may have started a little before the one above the hole.
      if (start < after - TOLERANCE_MS || start > before) return false;
      this.#close(at, hole);
      if (first < number) this.#open(at, first, number - 1, after, Math.min(before, start));
      if (number < last) this.#open(at, number + 1, last, Math.max(after, start), before);
      return true;
    }
    return false;
  }

  /** One more hole; the oldest is forgotten where there are too many. */
  #open(at: number, first: number, last: number, after: number, before: number): void {
    if (first > last) return;
    if (this.#kept[at + HOLES] === KEPT_HOLES) this.#close(at, at + FIRST_HOLE);
    const kept = this.#kept;
    const hole = this.#end(at);
    kept[hole] = first;
    kept[hole + 1] = last;
    kept[hole + 2] = after;
    kept[hole + 3] = before;
    (kept[at + HOLES] as number)++;
  }

  #close(at: number, hole: number): void {
    this.#kept.copyWithin(hole, hole + HOLE_FIELDS, this.#end(at));
    (this.#kept[at + HOLES] as number)--;
  }

  #end(at: number): number {
    return at + FIRST_HOLE + HOLE_FIELDS * (this.#kept[at + HOLES] as number);
  }
}

/** Less than what the check allows for, because starts are rounded here. */
const TOLERANCE_MS = START_PRECISION_MS - 1;

const IDLE = 0;
/** Its session was made in this log, so its first number is 1. */
const NEW = 1;
const DIALLING = 2;
const CONNECTED = 3;

/** What clients do: one dial at a time, each number one above the last, one document at a time. */
class Dials {
  #state: Uint8Array;
  #number: Float64Array;
  #client: Int32Array;
  /** The document that is open, and the one that dialled. */
  #open: Int32Array;
  #dialler: Int32Array;

  constructor(capacity: number) {
    this.#state = new Uint8Array(capacity);
    this.#number = new Float64Array(capacity);
    this.#client = new Int32Array(capacity);
    this.#open = new Int32Array(capacity);
    this.#dialler = new Int32Array(capacity);
  }

  grow(capacity: number): void {
    this.#state = grown(this.#state, capacity);
    this.#number = grown(this.#number, capacity);
    this.#client = grown(this.#client, capacity);
    this.#open = grown(this.#open, capacity);
    this.#dialler = grown(this.#dialler, capacity);
  }

  begin({ session }: Row): boolean {
    if (this.#state[session] !== IDLE || this.#number[session] !== 0) return false;
    this.#state[session] = NEW;
    return true;
  }

  attempt({ session, connection_sequence: number, document_hash: document }: Row): boolean {
    const state = this.#state[session] as number;
    const last = this.#number[session] as number;
    this.#state[session] = DIALLING;
    this.#number[session] = number;
    this.#dialler[session] = document;
    if (number === 0 || state >= DIALLING) return false;
    if (state === NEW) return number === 1;
    return last === 0 || number === last + 1;
  }

  open(row: Row): boolean {
    const fits = this.#isDialling(row);
    this.#state[row.session] = CONNECTED;
    this.#client[row.session] = row.client_hash;
    return fits;
  }

  fail(row: Row): boolean {
    const fits = this.#isDialling(row);
    this.#state[row.session] = IDLE;
    return fits;
  }

  close(row: Row): boolean {
    if (!this.#isConnected(row)) return false;
    this.#state[row.session] = IDLE;
    return true;
  }

  load({ session, document_hash: document }: Row): boolean {
    const fits = this.#open[session] === 0;
    this.#open[session] = document;
    return fits;
  }

  unload(row: Row): boolean {
    const { session, connection_sequence: number, document_hash: document } = row;
    const isIdle = !this.isBusy(session);
    const isDialling = this.#isDialling(row);
    const isConnected = this.#isConnected(row);
    const fits = this.#open[session] === 0 || this.#open[session] === document;
    this.#open[session] = 0;
    this.#state[session] = IDLE;
    if (!fits) return false;
    const hasNoConnection = number === 0 ? isIdle : isDialling;
    return isConnected || (hasNoConnection && row.client_hash === 0);
  }

  document(session: number): number {
    return this.#dialler[session] as number;
  }

  /** The log tells of a dial of its. */
  isKnown(session: number): boolean {
    return this.#number[session] !== 0;
  }

  isBusy(session: number): boolean {
    return (this.#state[session] as number) >= DIALLING;
  }

  #isDialling({ session, connection_sequence: number }: Row): boolean {
    return this.#state[session] === DIALLING && this.#number[session] === number;
  }

  #isConnected({ session, connection_sequence: number, client_hash: client }: Row): boolean {
    return (
      this.#state[session] === CONNECTED &&
      this.#number[session] === number &&
      this.#client[session] === client
    );
  }
}

/**
 * Whether both logs tell the same of a session's connections: the sum, over all of them, of a hash of
 * what one says, less the other's. Order doesn't matter to it, and one that is in both leaves nothing.
 */
class Stories {
  readonly #opens = new Sums();
  readonly #closes = new Sums();

  grow(capacity: number): void {
    this.#opens.grow(capacity);
    this.#closes.grow(capacity);
  }

  opened(
    { session, connection_sequence, client_hash: client }: Row,
    document: number,
    sign: 1 | -1,
  ): void {
    this.#opens.add(session, connection_sequence, client, document, sign);
  }

  closed(
    { session, connection_sequence, client_hash: client }: Row,
    code: number,
    sign: 1 | -1,
  ): void {
    this.#closes.add(session, connection_sequence, client, code, sign);
  }

  agree(session: number, haveOpens: boolean): boolean {
    return this.#closes.isNothing(session) && (!haveOpens || this.#opens.isNothing(session));
  }
}

/** 64 bits a session, so that two stories that differ don't agree by chance. */
class Sums {
  #sums = new Int32Array(2 * FIRST_CAPACITY);

  grow(capacity: number): void {
    this.#sums = grown(this.#sums, 2 * capacity);
  }

  add(session: number, number: number, client: number, detail: number, sign: 1 | -1): void {
    const high = Math.floor(number / 2 ** 32);
    const key = mixed(client ^ mixed(number ^ mixed(high) ^ Math.imul(detail, 0x27d4eb2f)));
    (this.#sums[2 * session] as number) += sign * key;
    (this.#sums[2 * session + 1] as number) += sign * mixed(key ^ number ^ 0x5bd1e995);
  }

  isNothing(session: number): boolean {
    return this.#sums[2 * session] === 0 && this.#sums[2 * session + 1] === 0;
  }
}

/** The finaliser of MurmurHash3. */
function mixed(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
