import type { Peer, ServerHost } from '../../src/core/connections.ts';
import type { ClientHost, Clock, Socket, SocketEnd, SocketEvents } from '../../src/core/host.ts';
import { randomFor } from '../../src/core/random.ts';
import type { ClientEvents, LogEvents, LogName, ServerEvents } from '../../src/core/records.ts';
import type { SequenceStorage } from '../../src/core/sequence.ts';

type Line<Events> = { [E in keyof Events]: { event: E; at: number } & Events[E] }[keyof Events];
export type ClientLine = Line<ClientEvents>;
export type ServerLine = Line<ServerEvents>;

/** Time that moves when it is told to. */
export class FakeClock implements Clock {
  #now = 0;
  #count = 0;
  readonly #timers = new Map<number, { atMs: number; fire: () => void }>();

  now(): number {
    return this.#now;
  }

  get timers(): number {
    return this.#timers.size;
  }

  /** When the next timer fires; null for never. */
  get nextAt(): number | null {
    return this.#next(Number.POSITIVE_INFINITY)?.atMs ?? null;
  }

  setTimer(delayMs: number, fire: () => void): number {
    if (!(delayMs >= 0 && delayMs < 2 ** 31)) throw new RangeError(`a timer of ${delayMs} ms`);
    this.#count += 1;
    this.#timers.set(this.#count, { atMs: this.#now + delayMs, fire });
    return this.#count;
  }

  clearTimer(timer: unknown): void {
    this.#timers.delete(timer as number);
  }

  /** Lets that much time pass, and fires what falls due in it, in order. */
  pass(ms: number): void {
    const untilMs = this.#now + ms;
    for (let due = this.#next(untilMs); due !== null; due = this.#next(untilMs)) {
      this.#timers.delete(due.id);
      this.#now = Math.max(this.#now, due.atMs);
      due.fire();
    }
    this.#now = untilMs;
  }

  /** Lets time pass until the next timer has fired; gives how long that was. */
  passToNext(): number {
    const next = this.#next(Number.POSITIVE_INFINITY);
    if (next === null) throw new Error('no timer is set');
    const ms = next.atMs - this.#now;
    this.pass(ms);
    return ms;
  }

  #next(untilMs: number) {
    let next: { id: number; atMs: number; fire: () => void } | null = null;
    for (const [id, timer] of this.#timers) {
      if (timer.atMs <= untilMs && (next === null || timer.atMs < next.atMs)) {
        next = { id, ...timer };
      }
    }
    return next;
  }
}

/** What a fake clock and a log of both kinds share. */
class FakeHost<Name extends LogName, L extends { event: string }> extends FakeClock {
  readonly lines: L[] = [];
  #uuids = 0;

  readonly log = <E extends keyof LogEvents[Name] & string>(
    event: E,
    fields: LogEvents[Name][E],
  ): void => {
    this.lines.push({ event, at: this.now(), ...fields } as unknown as L);
  };

  randomUUID(): string {
    this.#uuids += 1;
    return uuid(this.#uuids);
  }

  of<E extends L['event']>(event: E): Extract<L, { event: E }>[] {
    return this.lines.filter((line) => line.event === event) as Extract<L, { event: E }>[];
  }
}

export const uuid = (number: number): string =>
  `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

export type StorageOperation = 'get' | 'set' | 'remove';

/** A storage area that can be made to throw, and to end in the middle of its writes. */
export class FakeStorage implements SequenceStorage {
  readonly items: Map<string, string>;
  /** Whether an operation throws. */
  throws: (operation: StorageOperation) => boolean = () => false;
  /** A write that throws has written all the same. */
  throwsLate = false;
  /** The document dies right after this many more writes: none of its accesses has an effect. */
  writesLeft = Number.POSITIVE_INFINITY;

  constructor(items: Iterable<readonly [string, string]> = []) {
    this.items = new Map(items);
  }

  get crashed(): boolean {
    return this.writesLeft <= 0;
  }

  getItem(key: string): string | null {
    this.#access('get');
    return this.items.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    this.#write('set', () => this.items.set(key, String(value)));
  }

  removeItem(key: string): void {
    this.#write('remove', () => this.items.delete(key));
  }

  clear(): void {
    this.items.clear();
  }

  #access(operation: StorageOperation): void {
    if (this.crashed) throw new Error('the document has crashed');
    if (this.throws(operation)) throw new Error(`${operation} failed`);
  }

  #write(operation: 'set' | 'remove', write: () => void): void {
    if (this.throwsLate && !this.crashed) write();
    this.#access(operation);
    write();
    this.writesLeft -= 1;
    if (this.crashed) throw new Error('the document has crashed');
  }
}

const DROPPED: SocketEnd = {
  code: 1006,
  reason: '',
  wasClean: false,
  error: null,
  httpStatus: null,
  retryAfterMs: null,
};

/** A socket whose other end is the test. */
export class FakeSocket implements Socket {
  readonly query: Map<string, string>;
  readonly sent: string[] = [];
  readonly closes: { code: number; reason: string }[] = [];
  /** How the page let go of it, or null while it has it. */
  letGo: 'left' | 'abandoned' | null = null;
  hasEnded = false;
  readonly #events: SocketEvents;

  constructor(query: [name: string, value: string][], events: SocketEvents) {
    this.query = new Map(query);
    this.#events = events;
  }

  /** It counts as one of the page's sockets. */
  get live(): boolean {
    return !this.hasEnded && this.letGo === null;
  }

  send(text: string): void {
    this.sent.push(text);
  }

  close(code: number, reason: string): void {
    this.closes.push({ code, reason });
  }

  leave(): void {
    this.letGo = 'left';
  }

  abandon(): void {
    this.letGo = 'abandoned';
  }

  /** The hello that was sent, as a frame or in the query string. */
  get hello(): Record<string, unknown> {
    return this.sent[0] === undefined ? Object.fromEntries(this.query) : JSON.parse(this.sent[0]);
  }

  open(): void {
    this.#events.heard();
    this.#events.opened();
  }

  hear(): void {
    this.#events.heard();
  }

  receive(text: string): void {
    this.#events.heard();
    this.#events.received(text);
  }

  welcome(fields: object = {}): void {
    this.receive(
      JSON.stringify({
        type: 'welcome',
        version: 1,
        client_id: 'server-side-id',
        last_seen_sequence: 0,
        ...fields,
      }),
    );
  }

  accept(fields: object = {}): void {
    this.open();
    this.welcome(fields);
  }

  /** As the port has it: once, and last; `late` breaks that. */
  end(end: Partial<SocketEnd> = {}, late = false): void {
    if (!this.live && !late) return;
    this.hasEnded = true;
    this.#events.ended({ ...DROPPED, ...end });
  }
}

/** A browser for client machines: one clock, one log, the claims of its live documents. */
export class FakeBrowser extends FakeHost<'client', ClientLine> {
  readonly sockets: FakeSocket[] = [];
  /** Claims are decided when the test says so, as a Web Lock's are. */
  deferClaims = false;
  /** Called before each dial. */
  onDial: (storage: FakeStorage) => void = () => {};
  /** By session: the document that has it. */
  readonly #claims = new Map<string, { storage: FakeStorage }>();
  readonly #undecided: (() => void)[] = [];
  readonly #random: () => number;

  constructor(seed = 1) {
    super();
    this.#random = randomFor(seed, 'fake-browser');
  }

  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error('nothing has dialled');
    return socket;
  }

  /** The world of a document with that storage. */
  document(storage: FakeStorage): ClientHost {
    const owner = { storage };
    return {
      now: () => this.now(),
      setTimer: (delayMs, fire) => this.setTimer(delayMs, fire),
      clearTimer: (timer) => this.clearTimer(timer),
      random: this.#random,
      randomUUID: () => this.randomUUID(),
      storage,
      log: this.log,
      dial: ({ query }, events) => {
        this.onDial(storage);
        const socket = new FakeSocket(query, events);
        this.sockets.push(socket);
        return socket;
      },
      claimSession: (sessionId, decided) => {
        this.#undecided.push(() => this.#decide(sessionId, owner, decided));
        if (!this.deferClaims) this.decideClaims();
      },
      isInOtherFrame: (sessionId) => {
        const other = this.#claims.get(sessionId);
        return other !== undefined && other !== owner && other.storage === storage;
      },
    };
  }

  /** Decides the claims that wait; those that follow from them wait for the next call. */
  decideClaims(): void {
    for (const decide of this.#undecided.splice(0)) decide();
  }

  #decide(
    sessionId: string,
    owner: { storage: FakeStorage },
    decided: (release: (() => void) | null) => void,
  ): void {
    if (this.#claims.has(sessionId)) {
      decided(null);
    } else {
      this.#claims.set(sessionId, owner);
      decided(() => this.#claims.delete(sessionId));
    }
  }
}

/** A peer of the server's machine. Its closing handshake is the test's to finish. */
export class FakePeer implements Peer {
  readonly remoteAddress = '192.0.2.1:50000';
  closing = false;
  readonly sent: string[] = [];
  pings = 0;
  /** What the server called to end it, in order. */
  readonly ending: (readonly ['close', number, string] | readonly ['terminate'])[] = [];

  get welcome(): Record<string, unknown> {
    return JSON.parse(this.sent[0] ?? '{}');
  }

  send(text: string): void {
    this.sent.push(text);
  }

  ping(): void {
    this.pings += 1;
  }

  close(code: number, reason: string): void {
    this.closing = true;
    this.ending.push(['close', code, reason]);
  }

  terminate(): void {
    this.closing = true;
    this.ending.push(['terminate']);
  }
}

export class FakeServerHost extends FakeHost<'server', ServerLine> implements ServerHost {
  readonly #secret: string;

  constructor(secret = 'secret') {
    super();
    this.#secret = secret;
  }

  /** The same age for all. */
  random(): number {
    return 0.5;
  }

  sign(sessionId: string): string {
    return `${this.#secret}-over-${sessionId}`;
  }
}
