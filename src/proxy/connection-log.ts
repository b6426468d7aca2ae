import { ABNORMAL_CLOSURE, NO_STATUS_RECEIVED, SUPERSEDED } from '../core/close-codes.ts';
import {
  type BadHello,
  type Hello,
  isBadHello,
  parseHello,
  parseSessionWelcome,
} from '../core/handshake.ts';
import type { ClosedBy } from '../core/records.ts';
import type { Message } from './frames.ts';
import type { ProxyEvents } from './proxy-log.ts';

/** What the log of one connection asks for. */
export interface ConnectionLogHost {
  /** Monotonic, milliseconds. */
  now(): number;
  newId(): string;
  write<E extends keyof ProxyEvents>(event: E, fields: ProxyEvents[E]): void;
}

/** By session: the connection that waits for its welcome. */
export type Waiting = Map<string, ConnectionLog>;

/** What is known of a hello; undefined fields are not logged. */
export interface HelloNames {
  session_id?: string;
  connection_sequence?: number;
  document_id?: string;
}

/** Messages of a server among which the welcome is looked for. */
const MAX_MESSAGES_BEFORE_WELCOME = 16;
/** A server that has sent no welcome for so long sends none; wsdiag's own client has given it up by then. */
const WELCOME_TIMEOUT_MS = 5000;

/** `asked` for an upgrade, `accepted` with 101, `opened` in the log, `over`. */
type LogStage = 'asked' | 'accepted' | 'opened' | 'over';

/**
 * Tells of one WebSocket as a server's log would, from what passes: no more than can be seen. Each line's fields are
 * spelled out: to spread them cost a fifth of all that a connection costs.
 */
export class ConnectionLog {
  /** The proxy's own fault that it ends by. */
  fault: string | undefined;
  readonly remoteAddress: string;
  readonly #host: ConnectionLogHost;
  readonly #waiting: Waiting;
  #stage: LogStage = 'asked';
  #hasHello = false;
  #names: HelloNames = {};
  #withoutSession: string | undefined;
  #clientId: string | null = null;
  #messagesBeforeWelcome = 0;
  #timer: NodeJS.Timeout | null = null;
  /** When its welcome passed or, where none comes, its hello; null before. */
  #openedAt: number | null = null;
  #closing: ClosedBy | null = null;
  #peerClose: { code: number; reason: string } | null = null;

  constructor(
    host: ConnectionLogHost,
    waiting: Waiting,
    remoteAddress: string,
    inQuery: Hello | BadHello | null,
  ) {
    this.#host = host;
    this.#waiting = waiting;
    this.remoteAddress = remoteAddress;
    if (inQuery !== null) this.#said(inQuery);
  }

  get stage(): LogStage {
    return this.#stage;
  }

  /** Of its hello, as far as it can be read. */
  get names(): HelloNames {
    return this.#names;
  }

  get clientId(): string | null {
    return this.#clientId;
  }

  /** A close frame has passed. */
  get isClosing(): boolean {
    return this.#closing !== null;
  }

  /** Its client may still say hello. */
  get awaitsHello(): boolean {
    return !this.#hasHello && this.#withoutSession === undefined && this.#stage !== 'over';
  }

  /** Its server may still send the welcome. */
  get awaitsWelcome(): boolean {
    return this.#stage === 'asked' || this.#stage === 'accepted';
  }

  /** The upgrade was answered with another status than 101, or with none (null). */
  refused(reason: string, httpStatus: number | null): void {
    this.#reject(reason, httpStatus, null);
  }

  /** The upgrade was answered with 101. */
  accepted(): void {
    if (this.#stage !== 'asked') return;
    this.#stage = 'accepted';
    if (this.#hasHello) this.#waitForWelcome();
    else if (this.#withoutSession !== undefined) this.#open();
  }

  /** The client's first message: a hello, or a connection without a session. */
  clientSaid(message: Message): void {
    if (!this.awaitsHello) return;
    const hello: Hello | BadHello =
      'text' in message ? parseHello(message.text) : { problem: message.unreadable, readable: {} };
    if (isBadHello(hello) && hello.readable.session_id === undefined) {
      this.#withoutSession = `first message: ${hello.problem}`;
      this.#open();
    } else {
      this.#said(hello);
      this.#waitForWelcome();
    }
  }

  serverSaid(message: Message): void {
    if (!this.awaitsWelcome) return;
    this.#messagesBeforeWelcome += 1;
    const welcome = 'text' in message ? parseSessionWelcome(message.text) : undefined;
    if (welcome !== undefined) {
      this.#clientId = welcome.client_id;
      this.#openedAt = this.#host.now();
    }
    if (this.#hasHello && this.#isWelcomeOver) this.#open();
  }

  /** A close frame passes. `code`: null for one without. */
  closes(by: 'peer' | 'server', code: number | null, reason: string): void {
    this.#closing ??= by === 'server' && code === SUPERSEDED ? 'superseded' : by;
    if (by === 'peer') this.#peerClose ??= { code: code ?? NO_STATUS_RECEIVED, reason };
  }

  /** The TCP connection ends. `by`: the side that ends it, where no close frame has passed. */
  ended(by: 'network' | 'server'): void {
    if (this.#stage === 'over') return;
    if (this.#stage === 'asked') {
      this.#reject(by === 'server' ? 'upstream-closed' : 'peer-left', null, null);
      return;
    }
    const { code, reason } = this.#peerClose ?? { code: ABNORMAL_CLOSURE, reason: '' };
    if (this.#stage === 'accepted' && !this.#wasUsed) {
      this.#reject('hello-missing', null, code);
      return;
    }
    this.#open();
    this.#stage = 'over';
    this.#host.write('connection_closed', {
      client_id: this.#clientId as string,
      session_id: this.#names.session_id,
      connection_sequence: this.#names.connection_sequence,
      document_id: this.#names.document_id,
      close_code: code,
      close_reason: reason,
      was_clean: code !== ABNORMAL_CLOSURE,
      duration_seconds: Math.round(this.#host.now() - (this.#openedAt ?? 0)) / 1000,
      closed_by: this.#closing ?? by,
      fault: this.fault,
    });
  }

  /** Somebody said something, so it is more than a page that left before its hello. */
  get #wasUsed(): boolean {
    return this.#hasHello || this.#messagesBeforeWelcome > 0;
  }

  /** The welcome has come, or is not going to. */
  get #isWelcomeOver(): boolean {
    return this.#clientId !== null || this.#messagesBeforeWelcome >= MAX_MESSAGES_BEFORE_WELCOME;
  }

  /**
   * Its line stands before that of the session's next connection: the order of lines is that of connections. It is
   * written once the welcome has told the server's name for it, or is not going to.
   */
  #waitForWelcome(): void {
    if (this.#stage !== 'accepted') return;
    this.#openedAt = this.#host.now();
    const { session_id } = this.names;
    if (this.#isWelcomeOver || session_id === undefined) {
      this.#open();
      return;
    }
    const earlier = this.#waiting.get(session_id);
    if (earlier) earlier.#open();
    this.#waiting.set(session_id, this);
    this.#timer = setTimeout(() => this.#open(), WELCOME_TIMEOUT_MS).unref();
  }

  #open(): void {
    if (this.#stage !== 'accepted') return;
    this.#stage = 'opened';
    this.#stopWaiting();
    this.#clientId ??= this.#host.newId();
    this.#openedAt ??= this.#host.now();
    this.#host.write('connection_opened', {
      client_id: this.#clientId as string,
      session_id: this.#names.session_id,
      connection_sequence: this.#names.connection_sequence,
      document_id: this.#names.document_id,
      without_session: this.#withoutSession,
      remote_address: this.remoteAddress,
    });
  }

  #stopWaiting(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const { session_id } = this.names;
    if (session_id === undefined) return;
    if (this.#waiting.get(session_id) === this) this.#waiting.delete(session_id);
  }

  #reject(reason: string, httpStatus: number | null, closeCode: number | null): void {
    if (this.#stage === 'over') return;
    this.#stage = 'over';
    this.#stopWaiting();
    this.#host.write('handshake_rejected', {
      client_id: this.#host.newId(),
      session_id: this.#names.session_id,
      connection_sequence: this.#names.connection_sequence,
      document_id: this.#names.document_id,
      reason: this.fault === undefined ? reason : 'fault-injected',
      close_code: closeCode,
      http_status: httpStatus,
      remote_address: this.remoteAddress,
      fault: this.fault,
    });
  }

  #said(hello: Hello | BadHello): void {
    this.#hasHello = true;
    const { session_id, connection_sequence, document_id } = isBadHello(hello)
      ? hello.readable
      : hello;
    this.#names = { session_id, connection_sequence, document_id: document_id ?? undefined };
  }
}
