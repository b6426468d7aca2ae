import { randomUUID } from 'node:crypto';
import { ABNORMAL_CLOSURE } from '../core/close-codes.ts';
import type { Connection, Peer } from '../core/connections.ts';
import type { ClosedBy, ServerEvents } from '../core/records.ts';
import { type Journal, journalOf, type Line } from './journal.ts';
import type { Logger } from './logger.ts';
import { NOTHING, type ToldSession, toldByUrl } from './told.ts';
import { Welcomes } from './welcomes.ts';

export interface ServerLogOptions {
  /** pino, bunyan, the console, or `jsonLines()`. */
  logger: Logger;
  /**
   * Answers each sound hello with a welcome, so that `wsdiag/client` and `wsdiag/sequence` get their tokens and learn
   * how far the server is; ends a session's older connection with 4409. Default: the application answers, or nobody.
   */
  welcome?: boolean;
  /**
   * Key of the tokens in welcomes, the same for all servers and over restarts. Default: one of this process's
   * own, with which the tokens of an earlier process are worth nothing.
   */
  secret?: string;
}

/** How a connection ended. */
export interface Ending {
  /** null where it can't be known. */
  close_code: number | null;
  close_reason: string;
  was_clean: boolean | null;
  /** undefined where it can't be known. */
  closed_by: ClosedBy | undefined;
  /** Code of the peer's breach of the protocol, as `ws` has it. */
  error?: string;
}

/** A request as Node has it, as far as it is read. */
export interface UpgradeRequest {
  url?: string;
  socket?: unknown;
}

/** What a server's log is written with: its lines, and the connections that it has open. */
export class ServerLog {
  readonly #journal: Journal;
  readonly #urlOf: () => string | null;
  readonly #welcomes: Welcomes | null;
  /** Connections that have not ended, and of these the ones that are logged as open. */
  #live = 0;
  #open = 0;
  #state: 'new' | 'started' | 'stopping' | 'stopped' = 'new';
  /** The welcomed connection that ends just now. */
  #closing: { told: ToldSession; ending: Ending } | null = null;
  #onStopped: () => void = () => {};

  /** @param urlOf where the server listens; null where that is not known */
  constructor({ logger, welcome, secret }: ServerLogOptions, urlOf: () => string | null) {
    this.#journal = journalOf(logger);
    this.#urlOf = urlOf;
    this.#welcomes = welcome
      ? new Welcomes((event, fields) => this.#logWelcomed(event, fields), secret)
      : null;
  }

  /** The server listens. Any other line begins the log too. */
  start(): void {
    if (this.#state !== 'new') return;
    this.#state = 'started';
    this.#journal.start(this.#urlOf());
  }

  line(line: Line): void {
    this.start();
    if (this.#state !== 'stopped') this.#journal.write(line);
  }

  /** A handshake that did not become a connection. */
  rejected(request: UpgradeRequest, reason: string, httpStatus: number | null): void {
    this.line({
      event: 'handshake_rejected',
      client_id: randomUUID(),
      reason,
      close_code: null,
      http_status: httpStatus,
      remote_address: addressOf(request.socket),
      ...toldByUrl(request.url)?.fields,
    });
  }

  /** The server takes no more connections. Its log ends once all that it has are gone. */
  finish(stopped: () => void): void {
    this.#onStopped = stopped;
    if (this.#state === 'started') this.#state = 'stopping';
    if (this.#state === 'new') this.#state = 'stopped';
    if (this.#state === 'stopped') stopped();
    else this.#stopIfIdle();
  }

  /** Nothing more is heard of the server: where connections are open, their ends will not be known. */
  stop(): void {
    const isRunning = this.#state === 'started' || this.#state === 'stopping';
    this.#state = 'stopped';
    if (!isRunning) return;
    if (this.#open > 0) this.#journal.leave();
    else this.#journal.stop();
  }

  accepted(): void {
    this.#live += 1;
  }

  opened(connection: LoggedConnection): Connection | null {
    this.start();
    if (this.#state === 'stopped') return null;
    this.#open += 1;
    const { clientId, peer, told } = connection;
    if (this.#welcomes && told.hello) return this.#welcomes.greet(clientId, peer, told.hello);
    this.line({
      event: 'connection_opened',
      client_id: clientId,
      ...told.fields,
      remote_address: peer.remoteAddress || null,
    });
    return null;
  }

  welcomedClosed(connection: Connection, told: ToldSession, ending: Ending): void {
    this.#closing = { told, ending };
    connection.ended(ending.close_code ?? ABNORMAL_CLOSURE, ending.close_reason);
    this.#closing = null;
  }

  gone(wasOpen: boolean): void {
    this.#live -= 1;
    if (wasOpen) this.#open -= 1;
    this.#stopIfIdle();
  }

  /** Lines of those who were welcomed: how they ended, their sockets know better. */
  #logWelcomed<E extends keyof ServerEvents>(event: E, fields: ServerEvents[E]): void {
    if (event === 'connection_opened') {
      const { remote_address } = fields as ServerEvents['connection_opened'];
      this.line({ event, ...fields, remote_address: remote_address || null });
    } else if (event === 'connection_closed' && this.#closing !== null) {
      const { told, ending } = this.#closing;
      const { closed_by } = fields as ServerEvents['connection_closed'];
      const isSuperseded = closed_by === 'superseded';
      this.line({
        event,
        ...fields,
        ...told.fields,
        ...ending,
        ...(isSuperseded && { closed_by }),
      });
    } else this.line({ event, ...fields });
  }

  #stopIfIdle(): void {
    if (this.#state !== 'stopping' || this.#live > 0) return;
    this.#state = 'stopped';
    this.#journal.stop();
    this.#onStopped();
  }
}

/** One connection, from its acceptance to its end. */
export class LoggedConnection {
  readonly clientId: string;
  readonly peer: Peer;
  told: ToldSession = NOTHING;
  readonly #log: ServerLog;
  #state: 'silent' | 'open' | 'ended' = 'silent';
  /** When it was accepted, then when it was logged as open: milliseconds. */
  #since = performance.now();
  #welcomed: Connection | null = null;

  constructor(log: ServerLog, peer: Peer, clientId: string = randomUUID()) {
    this.#log = log;
    this.peer = peer;
    this.clientId = clientId;
    log.accepted();
  }

  /** What the application may put on its own lines. */
  get ids(): { client_id: string } & ToldSession['fields'] {
    return { client_id: this.clientId, ...this.told.fields };
  }

  /** It has told of its session, or is not going to. */
  open(told: ToldSession): void {
    if (this.#state !== 'silent') return;
    this.#state = 'open';
    this.told = told;
    this.#since = performance.now();
    this.#welcomed = this.#log.opened(this);
  }

  /** A ping was answered. */
  ponged(): void {
    this.#welcomed?.ponged();
  }

  close(ending: Ending): void {
    if (this.#state === 'ended') return;
    const isOpen = this.#state === 'open';
    if (this.#welcomed) this.#log.welcomedClosed(this.#welcomed, this.told, ending);
    else if (isOpen) this.#logClose(ending);
    else this.#logSilent(ending);
    this.#state = 'ended';
    this.#log.gone(isOpen);
  }

  #logClose(ending: Ending): void {
    this.#log.line({
      event: 'connection_closed',
      client_id: this.clientId,
      ...this.told.fields,
      ...ending,
      duration_seconds: this.#durationSeconds,
    });
  }

  /** It went before it said a word, so nobody can say whose it would have been. */
  #logSilent(ending: Ending): void {
    this.#log.line({
      event: 'handshake_rejected',
      client_id: this.clientId,
      reason: 'hello-missing',
      http_status: null,
      ...ending,
      duration_seconds: this.#durationSeconds,
      remote_address: this.peer.remoteAddress || null,
    });
  }

  get #durationSeconds(): number {
    return Math.round(performance.now() - this.#since) / 1000;
  }
}

/** Of a socket of `net` or `tls`; null for any other, and for one that is gone. */
export function addressOf(socket: unknown): string | null {
  const { remoteAddress, remotePort } = (socket ?? {}) as Record<string, unknown>;
  return typeof remoteAddress === 'string' ? `${remoteAddress}:${remotePort}` : null;
}

/** Where a server of `net` listens, as its `address()` says. */
export function urlOf(address: unknown, isSecure: boolean): string | null {
  const scheme = isSecure ? 'wss' : 'ws';
  if (typeof address === 'string') return `${scheme}+unix:${address}`;
  const { address: host, port } = (address ?? {}) as Record<string, unknown>;
  if (typeof host !== 'string' || typeof port !== 'number') return null;
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
