import { Backoff } from './backoff.ts';
import { ABNORMAL_CLOSURE, GOING_AWAY, NORMAL_CLOSURE, SUPERSEDED } from './close-codes.ts';
import { encodeHello, type Hello, helloToQuery, isPingMessage, parseWelcome } from './handshake.ts';
import { type ClientHost, type Socket, type SocketEnd, socketEnd, type Taken } from './host.ts';
import type { NavigationType, UnloadReason } from './records.ts';
import type { SequenceLike, Session } from './sequence.ts';
import type { ClientSettings } from './settings.ts';

/** One dial, until its end. */
interface Attempt {
  number: number;
  sessionId: string;
  socket: Socket | null;
  /** Connect timeout, then heartbeat. */
  timer: unknown;
  heardAt: number;
  /** Given by the welcome; null where that has none. */
  clientId: string | null;
  /** null before the welcome. */
  welcomedAt: number | null;
  /** Without a sign of life for this long it is dead; null: never. */
  heartbeatTimeoutMs: number | null;
}

/**
 * Least wait behind 1001. Firefox tells a page that goes that its socket closed, and only then that it goes: to
 * dial at once would spend a number for nothing.
 */
const GOING_AWAY_WAIT_MS = 250;

/**
 * The client of one document: keeps one connection up, from the page's load to its going. A state
 * machine: its methods and its socket's events are the inputs, calls on the host the outputs.
 */
export class Client {
  readonly #host: ClientHost;
  readonly #settings: ClientSettings;
  readonly #sequence: SequenceLike;
  readonly #backoff: Backoff;
  #documentId: string;
  #sessionId: string | null = null;
  #releaseClaim: () => void = () => {};
  /** Between looking the session up and having it; nothing else may dial meanwhile. */
  #entering = false;
  #attempt: Attempt | null = null;
  /** Closed for good by the page, and not yet ended. */
  #closing: Attempt | null = null;
  #retryTimer: unknown = null;
  /** Drawn once a loss: a network that comes and goes is no failure, and draws no other. */
  #backoffMs = 0;
  /** Until then the server's Retry-After holds. */
  #retryAfter = 0;
  #online = true;
  #unloaded = false;
  #gaveUp = false;

  constructor(host: ClientHost, settings: ClientSettings, sequence: SequenceLike) {
    this.#host = host;
    this.#settings = settings;
    this.#sequence = sequence;
    this.#backoff = new Backoff(settings.backoff, () => host.random());
    this.#documentId = host.randomUUID();
  }

  /** A page that comes back from the back/forward cache is a new one. */
  get documentId(): string {
    return this.#documentId;
  }

  get sessionId(): string | null {
    return this.#sessionId;
  }

  /** Number of the connection or attempt under way. */
  get connectionSequence(): number | null {
    return this.#attempt?.number ?? null;
  }

  /** The connection under way was welcomed. */
  get isWelcomed(): boolean {
    return this.#attempt !== null && this.#attempt.welcomedAt !== null;
  }

  /** What the welcome of the connection under way calls it, if it has come. */
  get clientId(): string | null {
    return this.#attempt?.clientId ?? null;
  }

  /** A close code told this page to dial no more. */
  get gaveUp(): boolean {
    return this.#gaveUp;
  }

  /** The page has loaded: takes its session and dials. */
  load(navigation: NavigationType): void {
    this.#enterSession((sessionId) => {
      this.#host.log('document_loaded', {
        session_id: sessionId,
        document_id: this.#documentId,
        navigation,
      });
      this.#dial(0);
    });
  }

  /** The page goes, and with it its socket, which it never sees closed. */
  unload(reason: UnloadReason): void {
    if (this.#unloaded) return;
    this.#sequence.leave(this.#documentId);
    const attempt = this.#end();
    this.#noteUnload(attempt, reason);
    // A page in the cache keeps an open socket for a while: it would look alive.
    if (reason === 'bfcache') attempt?.socket?.close(NORMAL_CLOSURE, 'bfcache');
    else attempt?.socket?.leave();
  }

  /**
   * The page stays, but wants no more of its connection: closes it for good, and lets the session go at once, so
   * that another client of the page can have it. How the connection ended is logged once it has.
   */
  end(code: number, reason: string): void {
    if (this.#unloaded) return;
    this.#sequence.leave(this.#documentId);
    this.#closing = this.#end();
    this.#noteUnload(null, 'close');
    this.#closing?.socket?.close(code, reason);
  }

  /** The page, gone to the back/forward cache, is shown again. */
  show(): void {
    if (!this.#unloaded) return;
    this.#unloaded = false;
    this.#gaveUp = false;
    this.#sessionId = null;
    this.#documentId = this.#host.randomUUID();
    this.load('back_forward');
  }

  /** The page is gone without a word, as when it crashes. What becomes of its socket is its browser's doing. */
  vanish(): void {
    this.#end();
  }

  #end(): Attempt | null {
    this.#unloaded = true;
    this.#entering = false;
    this.#stopRetrying();
    this.#releaseClaim();
    this.#releaseClaim = () => {};
    return this.#forgetAttempt();
  }

  /** The page calls `close()` on its socket; it reconnects as after any loss. */
  close(code: number, reason: string): void {
    this.#attempt?.socket?.close(code, reason);
  }

  /** The browser's `offline` event: what was open is gone, and nothing dials. */
  goOffline(): void {
    this.#online = false;
    this.#stopRetrying();
    if (this.#attempt) this.#giveUp(this.#attempt, 'offline');
  }

  /** The browser's `online` event. */
  goOnline(): void {
    if (this.#online) return;
    this.#online = true;
    this.#retry();
  }

  #enterSession(entered: (sessionId: string) => void): void {
    this.#entering = true;
    this.#own(this.#sequence.session(), (sessionId) => {
      this.#entering = false;
      entered(sessionId);
    });
  }

  /** Makes the session this document's, or forks it where another live document has it. */
  #own(session: Session, owned: (sessionId: string) => void): void {
    this.#noteStart(session);
    if (session.id === this.#sessionId) {
      owned(session.id);
      return;
    }
    const documentId = this.#documentId;
    const decided = (release: (() => void) | null) => {
      if (this.#unloaded || documentId !== this.#documentId) {
        release?.();
      } else if (release === null) {
        this.#own(this.#sequence.fork(), owned);
      } else {
        this.#releaseClaim();
        this.#releaseClaim = release;
        this.#sessionId = session.id;
        this.#noteVanished(session.id, this.#sequence.enter(this.#documentId));
        // Looked up again: while this waited, another document may have spent a number of it.
        this.#own(this.#sequence.session(), owned);
      }
    };
    this.#host.claimSession(session.id, decided, session.started !== null);
  }

  #noteStart({ id, started }: Session): void {
    if (started === null) return;
    this.#host.log('session_started', {
      session_id: id,
      reason: started.reason,
      parent_session_id: started.parentSessionId,
      document_id: this.#documentId,
    });
  }

  #noteUnload(attempt: Attempt | null, reason: UnloadReason): void {
    // One that gave up has said so, and has nothing that could end.
    if (this.#sessionId === null || this.#gaveUp) return;
    this.#host.log('document_unloaded', {
      session_id: this.#sessionId,
      document_id: this.#documentId,
      connection_sequence: attempt?.number ?? null,
      client_id: attempt?.clientId ?? null,
      reason,
    });
  }

  #noteVanished(sessionId: string, documentId: string | null): void {
    if (documentId === null) return;
    this.#host.log('document_unloaded', {
      session_id: sessionId,
      document_id: documentId,
      connection_sequence: null,
      client_id: null,
      reason: 'vanished',
    });
  }

  /** Makes one attempt, unless one is under way. */
  #dial(delayMs: number): void {
    if (this.#entering || this.#attempt !== null || !this.#online || this.#unloaded) return;
    this.#stopRetrying();
    this.#enterSession((sessionId) => {
      if (!this.#online) return;
      const number = this.#sequence.next();
      if (number === null) this.#dial(delayMs);
      else this.#connect(sessionId, number, delayMs);
    });
  }

  #connect(sessionId: string, number: number, delayMs: number): void {
    const attempt: Attempt = {
      number,
      sessionId,
      socket: null,
      timer: null,
      heardAt: 0,
      clientId: null,
      welcomedAt: null,
      heartbeatTimeoutMs: null,
    };
    this.#attempt = attempt;
    this.#host.log('connection_attempt', {
      ...this.#names(attempt),
      delay_ms: Math.round(delayMs),
      backoff_attempt: this.#backoff.failures,
    });
    const giveUp = () => this.#giveUp(attempt, attempt.socket?.missed ?? 'timeout');
    attempt.timer = this.#host.setTimer(this.#settings.connectTimeoutMs, giveUp);
    // As one with the number: by the time that a socket opens, another document may have written its own token.
    const hello = this.#hello(attempt);
    const inFrame = this.#settings.handshake === 'frame';
    attempt.socket = this.#host.dial(
      { query: inFrame ? [] : helloToQuery(hello), hello },
      {
        opened: () => {
          if (!this.#isCurrent(attempt)) return;
          this.#reset('open');
          if (inFrame) attempt.socket?.send(encodeHello(hello));
        },
        received: (text) => this.#received(attempt, text),
        welcomed: (welcome) => this.#welcomed(attempt, welcome),
        failed: (reason) => this.#giveUp(attempt, reason),
        heard: () => {
          attempt.heardAt = this.#host.now();
        },
        ended: (end) => this.#ended(attempt, end),
      },
    );
  }

  #hello(attempt: Attempt): Hello {
    return {
      session_id: attempt.sessionId,
      connection_sequence: attempt.number,
      document_id: this.#documentId,
      persistence: this.#sequence.persistence,
      reconnect_token: this.#sequence.reconnectToken,
    };
  }

  /** Until the welcome nothing else may come; a backend that chats first is not ours. */
  #received(attempt: Attempt, text: string): void {
    if (!this.#isCurrent(attempt)) return;
    if (attempt.welcomedAt !== null) {
      if (!isPingMessage(text)) this.#host.received?.(text);
      return;
    }
    const welcome = parseWelcome(text);
    if ('problem' in welcome) this.#giveUp(attempt, `no welcome: ${welcome.problem}`);
    else this.#welcomed(attempt, welcome);
  }

  #welcomed(attempt: Attempt, welcome: Taken): void {
    attempt.clientId = welcome.client_id;
    attempt.welcomedAt = this.#host.now();
    this.#host.clearTimer(attempt.timer);
    attempt.timer = null;
    this.#reset('welcome');
    attempt.heartbeatTimeoutMs =
      this.#settings.heartbeatTimeoutMs ?? twice(welcome.ping_interval_ms);
    this.#watchHeartbeat(attempt);
    this.#host.log('connection_opened', {
      ...this.#names(attempt),
      client_id: welcome.client_id,
    });
    this.#sequence.remember(welcome.reconnect_token);
    if (this.#sequence.advance(welcome.last_seen_sequence)) {
      this.#host.log('sequence_advanced', {
        session_id: attempt.sessionId,
        connection_sequence: welcome.last_seen_sequence,
        document_id: this.#documentId,
        last_seen_sequence: welcome.last_seen_sequence,
      });
    }
  }

  /** One timer a connection, set again for what is left, instead of one a frame. */
  #watchHeartbeat(attempt: Attempt): void {
    const { heartbeatTimeoutMs } = attempt;
    if (heartbeatTimeoutMs === null) return;
    const leftMs = attempt.heardAt + heartbeatTimeoutMs - this.#host.now();
    if (leftMs <= 0) this.#giveUp(attempt, 'no heartbeat');
    else attempt.timer = this.#host.setTimer(leftMs, () => this.#watchHeartbeat(attempt));
  }

  #giveUp(attempt: Attempt, error: string): void {
    if (!this.#isCurrent(attempt)) return;
    attempt.socket?.abandon();
    this.#ended(attempt, socketEnd(ABNORMAL_CLOSURE, { error }));
  }

  #ended(attempt: Attempt, end: SocketEnd): void {
    if (attempt === this.#closing) {
      this.#closing = null;
      this.#logEnd(attempt, end);
      return;
    }
    if (!this.#isCurrent(attempt)) return;
    this.#forgetAttempt();
    this.#logEnd(attempt, end);
    const { waitOnMs, stopOn } = this.#settings;
    const least = waitOnMs[end.code] ?? (end.code === GOING_AWAY ? GOING_AWAY_WAIT_MS : 0);
    this.#backoffMs = Math.max(least, this.#backoff.next());
    this.#retryAfter = this.#host.now() + (end.retryAfterMs ?? 0);
    if (stopOn.includes(end.code)) this.#stop();
    else if (end.code === SUPERSEDED) this.#leaveSession();
    else this.#retry();
  }

  /** Dials no more. The page stays, and keeps its claim: a copy of its tab must not use its numbers. */
  #stop(): void {
    this.#sequence.leave(this.#documentId);
    this.#noteUnload(null, 'gave-up');
    this.#gaveUp = true;
  }

  #reset(by: ClientSettings['reset']): void {
    if (this.#settings.reset === by) this.#backoff.reset();
  }

  /** Someone else lives in this session: leaves it to them rather than fight over it. */
  #leaveSession(): void {
    this.#entering = true;
    // Claimed at once: it stands in the storage, which a copy of the tab would find it in.
    this.#own(this.#sequence.fork(), () => {
      this.#entering = false;
      this.#retry();
    });
  }

  #logEnd(attempt: Attempt, end: SocketEnd): void {
    if (attempt.welcomedAt === null) this.#logFailure(attempt, end);
    else this.#logClose(attempt, this.#host.now() - attempt.welcomedAt, end);
  }

  #logFailure(attempt: Attempt, end: SocketEnd): void {
    this.#host.log('connection_failed', {
      ...this.#names(attempt),
      error: end.error ?? `closed with ${end.code} ${end.reason}`.trimEnd(),
      http_status: end.httpStatus,
    });
  }

  #logClose(attempt: Attempt, uptimeMs: number, end: SocketEnd): void {
    if (uptimeMs >= this.#settings.minUptimeMs) this.#reset('min_uptime');
    this.#host.log('connection_closed', {
      ...this.#names(attempt),
      client_id: attempt.clientId,
      close_code: end.code,
      close_reason: end.reason,
      was_clean: end.wasClean,
      duration_seconds: Math.round(uptimeMs) / 1000,
    });
  }

  #names(attempt: Attempt) {
    return {
      session_id: attempt.sessionId,
      connection_sequence: attempt.number,
      document_id: this.#documentId,
    };
  }

  /** Dials after the backoff, which goes above what is left of the server's Retry-After. */
  #retry(): void {
    if (!this.#online || this.#unloaded || this.#gaveUp || this.#entering) return;
    if (this.#attempt !== null) return;
    this.#stopRetrying();
    const delayMs = Math.max(0, this.#retryAfter - this.#host.now()) + this.#backoffMs;
    this.#retryTimer = this.#host.setTimer(delayMs, () => this.#dial(delayMs));
  }

  #stopRetrying(): void {
    this.#host.clearTimer(this.#retryTimer);
    this.#retryTimer = null;
  }

  #isCurrent(attempt: Attempt): boolean {
    return this.#attempt === attempt;
  }

  #forgetAttempt(): Attempt | null {
    const attempt = this.#attempt;
    this.#host.clearTimer(attempt?.timer);
    this.#attempt = null;
    return attempt;
  }
}

const twice = (ms: number | null): number | null => (ms === null ? null : 2 * ms);
