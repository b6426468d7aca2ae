import { ABNORMAL_CLOSURE, GOING_AWAY, SERVICE_RESTART, SUPERSEDED } from './close-codes.ts';
import {
  type BadHello,
  encodeWelcome,
  type Hello,
  isBadHello,
  PING_MESSAGE,
  parseHello,
  saysHello,
} from './handshake.ts';
import type { Clock } from './host.ts';
import { type Place, Queue } from './queue.ts';
import type { ClosedBy, ServerEvents, WriteLog } from './records.ts';
import type { ServerSettings } from './settings.ts';

/** What the server's state machine asks of the world. */
export interface ServerHost extends Clock {
  /** Uniform in [0, 1). */
  random(): number;
  randomUUID(): string;
  /** Signature over a session id; the same for the same id, also after a restart. */
  sign(sessionId: string): string;
  readonly log: WriteLog<'server'>;
}

/** An accepted upgrade. Calls on it never lead to an input from within. */
export interface Peer {
  readonly remoteAddress: string;
  /** The closing handshake has begun, from either side. */
  readonly closing: boolean;
  send(text: string): void;
  ping(): void;
  /** Starts the closing handshake. */
  close(code: number, reason: string): void;
  /** Ends it at once, after what was already sent. */
  terminate(): void;
}

/** Why a handshake was rejected, as `handshake_rejected` has it. */
export type RejectReason =
  | 'hello-timeout'
  | 'hello-invalid'
  | 'hello-binary'
  | 'hello-too-large'
  | 'hello-repeated'
  | 'hello-missing'
  | 'protocol-error'
  | 'server-stopping'
  | 'foreign-origin'
  | 'foreign-host'
  | 'rate-limited'
  | 'too-many-pending'
  | 'fault-injected';

/** Sessions without a connection that are remembered; beyond, the longest unseen is forgotten. */
const MAX_IDLE_SESSIONS = 100_000;

interface ServerSession {
  id: string;
  lastSeen: number;
  token: string;
  /** Its client is known to have the token. */
  hasToken: boolean;
  connection: Connection | null;
  /** Where it stands among those without a connection. */
  idle: Place<ServerSession> | null;
}

/**
 * The server's side of every connection: handshake, heartbeat, supersession, and the log. A state
 * machine over a host, as the client is.
 */
export class Connections {
  readonly host: ServerHost;
  readonly settings: ServerSettings;
  readonly #live = new Set<Connection>();
  readonly #sessions = new Map<string, ServerSession>();
  /** Those without a connection, the longest unseen first. */
  readonly #idle = new Queue<ServerSession>();
  readonly #maxIdleSessions: number;
  /** Accepted, and neither welcomed nor turned away yet. */
  pending = 0;
  #sparing = false;
  #heartbeatTimer: unknown = null;
  #messageTimer: unknown = null;
  #stopping = false;
  #stopped: (() => void) | null = null;

  constructor(host: ServerHost, settings: ServerSettings, maxIdleSessions = MAX_IDLE_SESSIONS) {
    this.host = host;
    this.settings = settings;
    this.#maxIdleSessions = maxIdleSessions;
    this.#scheduleHeartbeat();
    this.#scheduleMessages();
  }

  /** An upgrade was accepted. `hello`: what its query string carried, already sound. */
  accept(peer: Peer, hello: Hello | null): Connection {
    const connection = new Connection(this, peer);
    this.#live.add(connection);
    if (hello) connection.greet(hello);
    if (this.#stopping) connection.close(SERVICE_RESTART, 'restart', 'server');
    return connection;
  }

  /** An upgrade was refused with an HTTP status. */
  refuse(
    reason: RejectReason,
    httpStatus: number,
    remoteAddress: string,
    readable: BadHello['readable'] & { origin?: string } = {},
  ): void {
    this.host.log('handshake_rejected', {
      client_id: this.host.randomUUID(),
      reason,
      close_code: null,
      http_status: httpStatus,
      remote_address: remoteAddress,
      ...readable,
    });
  }

  /** Closes the connections of these sessions. */
  closeSessions(sessionIds: Iterable<string>, code: number, reason: string): void {
    for (const id of sessionIds) this.#sessions.get(id)?.connection?.close(code, reason, 'server');
  }

  /** Ends the connections of these sessions without a close frame. */
  dropSessions(sessionIds: Iterable<string>): void {
    for (const id of sessionIds) this.#sessions.get(id)?.connection?.terminate('server');
  }

  get sparing(): boolean {
    return this.#sparing;
  }

  /** From now on no connection ends for its age, or because nothing passes it. */
  spare(): void {
    this.#sparing = true;
  }

  /** Closes everyone with 1012, one by one over that time; calls back once all are gone. */
  stop(stopped: () => void, drainMs = 0): void {
    this.#stopping = true;
    this.#sparing = true;
    this.#stopped = stopped;
    for (const [index, connection] of [...this.#live].entries()) {
      const close = () => connection.close(SERVICE_RESTART, 'restart', 'server');
      if (drainMs === 0) close();
      else this.host.setTimer((index * drainMs) / this.#live.size, close);
    }
    this.#checkStopped();
  }

  /** Ends those who did not answer `stop`'s close frame. */
  terminateAll(): void {
    for (const connection of this.#live) connection.terminate('server');
  }

  isClosingAny(): boolean {
    for (const connection of this.#live) if (connection.closing) return true;
    return false;
  }

  /** Takes a connection into its session; gives the number last seen, and whether it is proven. */
  enter(connection: Connection, hello: Hello): { session: ServerSession; verified: boolean } {
    const session = this.#sessions.get(hello.session_id) ?? this.#begin(hello.session_id);
    const bringsToken = sameText(hello.reconnect_token ?? '', session.token);
    session.hasToken ||= bringsToken;
    // A welcome may be lost on its way: until its client is known to have had one, none can be asked for, and
    // one that another server signed, or this one before its secret changed, is as good as none.
    const verified = bringsToken || !session.hasToken;
    if (session.idle) this.#idle.remove(session.idle);
    session.idle = null;
    // A stranger with a session's id but not its token must not be able to throw its owner out, and nor
    // must a hello that comes late, of a client that has gone on to a higher number.
    if (verified && hello.connection_sequence >= session.lastSeen) {
      session.connection?.supersede();
      session.connection = connection;
    } else {
      session.connection ??= connection;
    }
    return { session, verified };
  }

  /** A connection is over; `session`: the one it was in, if it said hello. */
  gone(connection: Connection, session: ServerSession | null): void {
    if (session?.connection === connection) {
      session.connection = null;
      session.idle = this.#idle.push(session);
      this.#forgetIdle();
    }
    this.#live.delete(connection);
    this.#checkStopped();
  }

  #checkStopped(): void {
    if (this.#live.size > 0 || this.#stopped === null) return;
    this.host.clearTimer(this.#heartbeatTimer);
    this.host.clearTimer(this.#messageTimer);
    this.#stopped();
    this.#stopped = null;
  }

  #scheduleHeartbeat(): void {
    const { heartbeatIntervalMs } = this.settings;
    this.#heartbeatTimer = this.host.setTimer(heartbeatIntervalMs, () => {
      const now = this.host.now();
      for (const connection of this.#live) connection.beat(now);
      this.#scheduleHeartbeat();
    });
  }

  #scheduleMessages(): void {
    const { pingMessageMs } = this.settings;
    if (pingMessageMs === null) return;
    this.#messageTimer = this.host.setTimer(pingMessageMs, () => {
      for (const connection of this.#live) connection.sendPingMessage();
      this.#scheduleMessages();
    });
  }

  #begin(id: string): ServerSession {
    const token = this.host.sign(id);
    const session = { id, lastSeen: 0, token, hasToken: false, connection: null, idle: null };
    this.#sessions.set(id, session);
    return session;
  }

  #forgetIdle(): void {
    const { oldest } = this.#idle;
    if (this.#idle.length <= this.#maxIdleSessions || !oldest?.idle) return;
    this.#idle.remove(oldest.idle);
    this.#sessions.delete(oldest.id);
  }
}

/** One connection on the server, from the accepted upgrade to its end. */
export class Connection {
  readonly #connections: Connections;
  readonly #peer: Peer;
  readonly #clientId: string;
  /** null once it was welcomed, or turned away. */
  #helloTimer: unknown;
  #hello: Hello | null = null;
  #session: ServerSession | null = null;
  #openedAt = 0;
  #heardAt = 0;
  /** Something passed, either way. */
  #usedAt = 0;
  #idleTimer: unknown = null;
  #ageTimer: unknown = null;
  /** Who started to end it; null while nobody on this side has. */
  #endedBy: ClosedBy | null = null;
  #rejected = false;

  constructor(connections: Connections, peer: Peer) {
    const { host, settings } = connections;
    this.#connections = connections;
    this.#peer = peer;
    this.#clientId = host.randomUUID();
    connections.pending += 1;
    this.#helloTimer = host.setTimer(settings.handshakeTimeoutMs, () =>
      this.#reject('hello-timeout', 1008),
    );
  }

  get closing(): boolean {
    return this.#peer.closing;
  }

  /** Any frame came. */
  heard(): void {
    this.#heardAt = this.#connections.host.now();
    this.#usedAt = this.#heardAt;
  }

  /** A ping was answered: as none is sent before the welcome, that has come too. */
  ponged(): void {
    this.heard();
    if (this.#session !== null) this.#session.hasToken = true;
  }

  /** A message came; null: a binary one. */
  received(text: string | null): void {
    if (this.#rejected || this.#endedBy !== null) return;
    if (this.#hello !== null) {
      // What follows the handshake is the application's; only a second hello breaks the protocol.
      if (text !== null && looksLikeHello(text)) this.#reject('hello-repeated', 1008);
      return;
    }
    if (text === null) {
      this.#reject('hello-binary', 1003);
      return;
    }
    const hello = parseHello(text);
    if (isBadHello(hello)) this.#reject('hello-invalid', 1008, hello);
    else this.greet(hello);
  }

  /** Closes it before its hello is looked at. */
  turnAway(code: number): void {
    this.#reject('fault-injected', code);
  }

  /** The peer broke the WebSocket protocol; the shell has answered with this close code. */
  violated(closeCode: number): void {
    this.#endedBy ??= 'server';
    this.#noteRejection(closeCode === 1009 ? 'hello-too-large' : 'protocol-error', closeCode);
  }

  /** Takes a sound hello, and answers it. The log has the connection before the client can. */
  greet(hello: Hello): void {
    const { host } = this.#connections;
    this.#pendsNoMore();
    const { session, verified } = this.#connections.enter(this, hello);
    this.#hello = hello;
    this.#session = session;
    this.#openedAt = host.now();
    this.#heardAt = this.#openedAt;
    this.#usedAt = this.#openedAt;
    this.#watchUse();
    this.#limitAge();
    host.log('connection_opened', {
      client_id: this.#clientId,
      session_id: hello.session_id,
      connection_sequence: hello.connection_sequence,
      document_id: hello.document_id,
      session_verified: verified,
      remote_address: this.#peer.remoteAddress,
    });
    this.#peer.send(
      encodeWelcome({
        client_id: this.#clientId,
        // How far the owner is, is no stranger's business.
        last_seen_sequence: verified ? session.lastSeen : null,
        reconnect_token: verified ? session.token : null,
        ping_interval_ms: this.#connections.settings.pingMessageMs,
      }),
    );
    // A stranger's number would move the owner's.
    if (verified) session.lastSeen = Math.max(session.lastSeen, hello.connection_sequence);
    if (verified && !session.hasToken) this.#peer.ping();
  }

  beat(now: number): void {
    // Until its hello comes, that one's deadline looks after it.
    if (this.#hello === null) return;
    const { heartbeatTimeoutMs } = this.#connections.settings;
    if (now - this.#heardAt >= heartbeatTimeoutMs) {
      this.terminate('heartbeat');
    } else {
      this.#usedAt = now;
      this.#peer.ping();
    }
  }

  sendPingMessage(): void {
    if (this.#hello === null || this.#peer.closing) return;
    this.#usedAt = this.#connections.host.now();
    this.#peer.send(PING_MESSAGE);
  }

  /** One timer a connection, set again for what is left. */
  #watchUse(): void {
    const { host, settings, sparing } = this.#connections;
    if (settings.idleTimeoutMs === null || sparing) return;
    const leftMs = this.#usedAt + settings.idleTimeoutMs - host.now();
    // It stands for what is between the two sides: neither is told why.
    if (leftMs <= 0) this.terminate('network');
    else this.#idleTimer = host.setTimer(leftMs, () => this.#watchUse());
  }

  #limitAge(): void {
    const { host, settings } = this.#connections;
    if (settings.maxConnectionAgeMs === null) return;
    const { min, max } = settings.maxConnectionAgeMs;
    this.#ageTimer = host.setTimer(min + host.random() * (max - min), () => {
      if (!this.#connections.sparing) this.close(GOING_AWAY, 'max connection age', 'server');
    });
  }

  /** A newer connection of the session has come: says so, and does not wait for an answer. */
  supersede(): void {
    this.close(SUPERSEDED, 'superseded', 'superseded');
    this.#peer.terminate();
  }

  close(code: number, reason: string, by: ClosedBy): void {
    if (this.#hello === null) {
      this.#reject('server-stopping', code);
      return;
    }
    this.#endBy(by);
    this.#peer.close(code, reason);
  }

  terminate(by: ClosedBy): void {
    this.#endBy(by);
    this.#peer.terminate();
  }

  /** Whoever came first ended it: a peer whose close frame is here was not thrown out. */
  #endBy(by: ClosedBy): void {
    if (!this.#peer.closing) this.#endedBy ??= by;
  }

  /** The socket is gone. Comes once, and last. */
  ended(code: number, reason: string): void {
    const { host } = this.#connections;
    this.#pendsNoMore();
    host.clearTimer(this.#idleTimer);
    host.clearTimer(this.#ageTimer);
    if (this.#hello === null) this.#noteRejection('hello-missing', code);
    else this.#logClose(this.#hello, code, reason);
    this.#connections.gone(this, this.#session);
  }

  #pendsNoMore(): void {
    if (this.#helloTimer === null) return;
    this.#connections.host.clearTimer(this.#helloTimer);
    this.#helloTimer = null;
    this.#connections.pending -= 1;
  }

  #logClose(hello: Hello, code: number, reason: string): void {
    const { host } = this.#connections;
    const wasClean = code !== ABNORMAL_CLOSURE;
    host.log('connection_closed', {
      client_id: this.#clientId,
      session_id: hello.session_id,
      connection_sequence: hello.connection_sequence,
      close_code: code,
      close_reason: reason,
      was_clean: wasClean,
      duration_seconds: Math.round(host.now() - this.#openedAt) / 1000,
      closed_by: this.#endedBy ?? (wasClean ? 'peer' : 'network'),
    });
  }

  #reject(reason: RejectReason, closeCode: number, bad: BadHello | null = null): void {
    this.#noteRejection(reason, closeCode, bad);
    this.#endBy('server');
    this.#peer.close(closeCode, bad?.problem ?? reason);
  }

  /** One `handshake_rejected` line a connection, whatever else it does wrong. */
  #noteRejection(reason: RejectReason, closeCode: number, bad: BadHello | null = null): void {
    if (this.#rejected) return;
    this.#rejected = true;
    const { host } = this.#connections;
    this.#pendsNoMore();
    const line: ServerEvents['handshake_rejected'] = {
      client_id: this.#clientId,
      reason: bad === null ? reason : `${reason}: ${bad.problem}`,
      close_code: closeCode,
      http_status: null,
      remote_address: this.#peer.remoteAddress,
      ...bad?.readable,
    };
    host.log('handshake_rejected', line);
  }
}

/** Cheap on application traffic, exact on what might be a hello. */
const looksLikeHello = (text: string): boolean => text.includes('"hello"') && saysHello(text);

/** Compares without telling by its time where the texts differ. */
function sameText(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}
