import { MAX_REASON_BYTES, NORMAL_CLOSURE } from './close-codes.ts';
import type { Clock, DialEvents, DialRequest, SocketEnd, SocketEvents } from './host.ts';
import type { Conversation, Message, Protocol, Reaction } from './protocol.ts';
import type { WireSocket } from './tab.ts';
import type { CutHow, Latency } from './world.ts';

/** A server's words may be in it, of any length. */
const MAX_FAILURE_LENGTH = 200;
/** A UTF-16 code unit has at most three bytes in UTF-8. */
const MAX_REASON_LENGTH = Math.floor(MAX_REASON_BYTES / 3);

/** A socket that talks with its server in a protocol, and tells the client only what came of it. */
export class TalkingSocket implements WireSocket {
  readonly #protocol: Protocol;
  readonly #clock: Clock;
  readonly #events: DialEvents;
  readonly #conversation: Conversation;
  readonly #socket: WireSocket;
  #isWelcomed = false;
  #isOver = false;
  #keepAliveTimer: unknown = null;

  constructor(
    protocol: Protocol,
    clock: Clock,
    dial: (request: DialRequest, events: SocketEvents) => WireSocket,
    request: DialRequest,
    events: DialEvents,
  ) {
    this.#protocol = protocol;
    this.#clock = clock;
    this.#events = events;
    this.#conversation = protocol.converse(request.hello);
    const received = (message: Message) => {
      if (!this.#isOver) this.#react(this.#conversation.received(message));
    };
    this.#socket = dial(
      { ...request, query: this.#conversation.query },
      {
        opened: () => this.#react(this.#conversation.opened()),
        received,
        receivedBytes: received,
        heard: () => events.heard(),
        ended: (end) => this.#ended(end),
      },
    );
  }

  get behind(): boolean {
    return this.#socket.behind;
  }

  get missed(): string | undefined {
    const { missed } = this.#conversation;
    return missed && `timeout: ${missed}`.slice(0, MAX_FAILURE_LENGTH);
  }

  send(message: Message): void {
    this.#socket.send(message);
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  leave(reason?: string): void {
    this.#stop();
    this.#socket.leave(reason);
  }

  abandon(): void {
    this.#stop();
    this.#socket.abandon();
  }

  cut(how: CutHow): void {
    this.#socket.cut(how);
  }

  mend(): void {
    this.#socket.mend();
  }

  thaw(): void {
    this.#socket.thaw();
  }

  setLatency(latency: Latency | null): void {
    this.#socket.setLatency(latency);
  }

  #react({ send = [], welcome, keepAlive, failure }: Reaction): void {
    for (const message of send) this.#socket.send(message);
    if (welcome && !this.#isWelcomed) {
      this.#isWelcomed = true;
      this.#events.welcomed(welcome);
    }
    if (keepAlive && !this.#isOver) this.#keepAlive(keepAlive);
    if (failure !== undefined) this.#failed(failure);
  }

  #keepAlive(keepAlive: NonNullable<Reaction['keepAlive']>): void {
    this.#clock.clearTimer(this.#keepAliveTimer);
    this.#keepAliveTimer = this.#clock.setTimer(keepAlive.everyMs, () => {
      this.#socket.send(keepAlive.message);
      this.#keepAlive(keepAlive);
    });
  }

  #failed(reason: string): void {
    if (this.#isOver) return;
    this.#stop();
    if (this.#isWelcomed) this.#socket.close(NORMAL_CLOSURE, reason.slice(0, MAX_REASON_LENGTH));
    else this.#events.failed(reason.slice(0, MAX_FAILURE_LENGTH));
  }

  #ended(end: SocketEnd): void {
    this.#stop();
    const meaning = this.#isWelcomed ? undefined : this.#protocol.closeCodes?.[end.code];
    const error = end.error ?? (meaning && `closed with ${end.code} ${end.reason || meaning}`);
    this.#events.ended({ ...end, error: error ?? null });
  }

  /** What comes from now on is passed over, and nothing is said any more. */
  #stop(): void {
    this.#isOver = true;
    this.#clock.clearTimer(this.#keepAliveTimer);
  }
}
