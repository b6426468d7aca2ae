import { errorMonitor } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { attempted } from '../core/attempted.ts';
import { ABNORMAL_CLOSURE } from '../core/close-codes.ts';
import type { Peer } from '../core/connections.ts';
import type { ClosedBy } from '../core/records.ts';
import { asEmitter, type Emitter, Listeners } from './listeners.ts';
import {
  addressOf,
  type Ending,
  LoggedConnection,
  ServerLog,
  type ServerLogOptions,
  type UpgradeRequest,
  urlOf,
} from './server-log.ts';
import {
  NOTHING,
  type SessionFields,
  type ToldSession,
  toldByFields,
  toldByFrame,
  toldByUrl,
} from './told.ts';

/** A `WebSocket` of `ws`. */
export interface WsSocket extends Emitter {
  readonly readyState: number;
}

/** A `WebSocketServer` of `ws`. */
export interface WsServer extends Emitter {
  address?(): unknown;
}

/**
 * Finds a session's fields where the application has them.
 *
 * @param request of the upgrade
 * @param message null when the connection has just been accepted; else its first message: text, or the bytes
 *   of a binary one
 * @returns `{}` where there are none; null where there are none so far: the first message is asked for
 */
export type ReadSession = (
  request: IncomingMessage,
  message: string | Uint8Array | null,
) => SessionFields | null | undefined;

export interface WsLogOptions extends ServerLogOptions {
  /**
   * Where a connection tells of its session: in the query string, in its first message, or where a function finds
   * it. Default: in the query string, or else in its first message.
   */
  hello?: 'query' | 'frame' | ReadSession;
}

/** What a server's log is told beside what it sees. */
export interface ServerLogger<Socket> {
  /** What names a connection, for the application's own lines; undefined where it is not known. */
  ids(socket: Socket): ({ client_id: string } & ToldSession['fields']) | undefined;
  /**
   * Says who ends a connection, right before the application ends it: `heartbeat` where the client was not heard of,
   * `superseded` where a newer connection of its session came. Without it, that is `server`.
   */
  ending(socket: Socket, by: ClosedBy): void;
  /** Logs a handshake that the application refused. @param status of the HTTP response; null: not known */
  rejected(request: UpgradeRequest, reason: string, status?: number | null): void;
  /**
   * Takes all listeners back. The log ends with `server_stopped`, unless connections are open: their ends will not be
   * known.
   */
  stop(): void;
}

/**
 * Logs what becomes of a `ws` server's connections, in the lines of docs/logs.md. Call it before the server has any. What
 * a logger, a peer or the application's own functions do, nothing is thrown into the application.
 *
 * @throws TypeError where `server` is no `WebSocketServer`, or `options.logger` no logger
 */
export function logConnections(server: WsServer, options: WsLogOptions): ServerLogger<WsSocket> {
  if (asEmitter(server) === null) {
    throw new TypeError('server: expected a WebSocketServer of ws');
  }
  const log = new ServerLog(options, () => addressOfServer(server));
  const watched = new Map<WsSocket, WatchedSocket>();
  const listeners = new Listeners();
  const stopListening = () => listeners.removeAll();
  const start = () => {
    if (isListening(server)) log.start();
  };
  listeners.add(server, 'listening', start);
  listeners.add(server, 'connection', (socket: WsSocket, request?: IncomingMessage) => {
    const one = new WatchedSocket(socket, request, log, options.hello ?? null);
    watched.set(socket, one);
    one.listen(() => watched.delete(socket));
  });
  listeners.add(server, 'close', () => {
    for (const one of watched.values()) one.endIfGone();
    log.finish(stopListening);
  });
  start();
  return {
    ids: (socket) => watched.get(socket)?.connection.ids,
    ending: (socket, by) => watched.get(socket)?.endingBy(by),
    rejected: (request, reason, status = null) =>
      void attempted(() => log.rejected(request, reason, status)),
    stop() {
      stopListening();
      for (const one of watched.values()) one.stop();
      log.stop();
      watched.clear();
    },
  };
}

/** A server without a socket of its own (`noServer`) is there at once. */
function isListening(server: WsServer): boolean {
  try {
    return server.address?.() != null;
  } catch {
    return true;
  }
}

function addressOfServer(server: WsServer): string | null {
  const { options } = server as { options?: { server?: { setSecureContext?: unknown } } };
  const isSecure = options?.server?.setSecureContext !== undefined;
  return attempted(() => urlOf(server.address?.(), isSecure)) ?? null;
}

const OPEN = 1;

/** A connection as its sockets show it. */
class WatchedSocket {
  readonly connection: LoggedConnection;
  readonly #socket: WsSocket;
  readonly #raw: unknown;
  readonly #request: IncomingMessage;
  readonly #hello: WsLogOptions['hello'] | null;
  readonly #listeners = new Listeners();
  /** Who began its end, as far as that has shown. */
  #begunBy: ClosedBy | null = null;
  /** The peer's close frame. */
  #closeFrame: [code: number, reason: unknown] = [ABNORMAL_CLOSURE, ''];
  /** Who the application says it is. */
  #saidBy: ClosedBy | null = null;
  /** `ws`'s parser of frames. */
  #receiver: (Emitter & { errored?: { code?: unknown } | null }) | null = null;
  #onEnded: () => void = () => {};

  constructor(
    socket: WsSocket,
    request: IncomingMessage | undefined,
    log: ServerLog,
    hello: WsLogOptions['hello'] | null,
  ) {
    const { _socket } = socket as { _socket?: unknown };
    this.#socket = socket;
    this.#raw = request?.socket ?? _socket;
    this.#request = request ?? ({ headers: {}, socket: this.#raw } as IncomingMessage);
    this.#hello = hello;
    this.connection = new LoggedConnection(log, new WsPeer(socket, addressOf(this.#raw) ?? ''));
  }

  /** @param ended called once, when it has ended */
  listen(ended: () => void): void {
    this.#onEnded = ended;
    this.#listeners.add(this.#socket, 'close', (code: number, reason: unknown) =>
      this.#end(code, reason),
    );
    this.#listenForEnds();
    this.#listenForHello();
  }

  /**
   * A server that listens itself is closed as soon as its last TCP connection is, which may be before that one's
   * WebSocket says so; and an application may exit then.
   */
  endIfGone(): void {
    const { destroyed, errored } = (this.#raw ?? {}) as { destroyed?: boolean; errored?: unknown };
    if (!destroyed) return;
    if (errored) this.#begin('network');
    this.#end(...this.#closeFrame);
  }

  #end(code: number, reason: unknown): void {
    this.#listeners.removeAll();
    this.#onEnded();
    this.connection.close(this.#endingOf(code, reason));
  }

  /**
   * Who comes first ends it. `ws` tells of no close frame but of its own parser's: where that is not there, or speaks
   * otherwise, who began a closing handshake is not known.
   */
  #listenForEnds(): void {
    const { _receiver } = this.#socket as { _receiver?: unknown };
    const receiver = asEmitter(_receiver);
    const raw = asEmitter(this.#raw);
    this.#receiver = receiver;
    if (receiver) {
      this.#listeners.add(receiver, 'conclude', (code: number, reason: unknown) => {
        this.#closeFrame = [code, reason];
        this.#begin('peer');
      });
    }
    if (!raw) return;
    this.#listeners.add(raw, 'end', () => this.#begin('network'));
    this.#listeners.add(raw, errorMonitor, () => this.#begin('network'));
  }

  #listenForHello(): void {
    const told = this.#read(null);
    if (told !== null || this.#hello === 'query') {
      this.#open(told ?? NOTHING);
      return;
    }
    const stop = this.#listeners.add(
      this.#socket,
      'message',
      (data: string | Uint8Array, isBinary?: boolean) => {
        stop();
        // Before version 8, `ws` gave text as a string and said nothing of it.
        const isText = typeof data === 'string' || isBinary === false;
        this.#open(this.#read(isText ? `${data}` : data) ?? NOTHING);
      },
    );
  }

  #open(told: ToldSession): void {
    if (told.hello) this.#listeners.add(this.#socket, 'pong', () => this.connection.ponged());
    this.connection.open(told);
  }

  #read(message: string | Uint8Array | null): ToldSession | null {
    const hello = this.#hello;
    if (typeof hello === 'function') return toldByFunction(hello, this.#request, message);
    if (message !== null) return toldByFrame(message);
    return hello === 'frame' ? null : toldByUrl(this.#request.url);
  }

  endingBy(by: ClosedBy): void {
    this.#saidBy = by;
  }

  stop(): void {
    this.#listeners.removeAll();
  }

  #begin(by: 'peer' | 'network'): void {
    // What is closing already was closed on this side.
    this.#begunBy ??= this.#socket.readyState === OPEN ? by : 'server';
  }

  #endingOf(code: number, reason: unknown): Ending {
    const error = this.#receiver?.errored?.code;
    return {
      close_code: code,
      close_reason: reason == null ? '' : `${reason}`,
      was_clean: code !== ABNORMAL_CLOSURE,
      closed_by: this.#endedBy(code),
      ...(typeof error === 'string' && { error }),
    };
  }

  #endedBy(code: number): ClosedBy | undefined {
    const by = this.#seenBy(code);
    // Where the peer was faster, it was not the application that ended it.
    return by === 'peer' || by === 'network' ? by : (this.#saidBy ?? by);
  }

  #seenBy(code: number): ClosedBy | undefined {
    // Nothing came from the peer, and yet it ended: `terminate()`, or a close frame that was not answered.
    if (code === ABNORMAL_CLOSURE) {
      return this.#begunBy ?? (asEmitter(this.#raw) ? 'server' : undefined);
    }
    if (!this.#receiver) return undefined;
    // The end of the TCP connection may overtake a close frame that waits for messages to be inflated.
    return this.#begunBy === 'network' ? 'peer' : (this.#begunBy ?? undefined);
  }
}

function toldByFunction(
  read: ReadSession,
  request: IncomingMessage,
  message: string | Uint8Array | null,
): ToldSession | null {
  try {
    return toldByFields(read(request, message));
  } catch {
    return { fields: { hello_problem: 'the function that finds the session threw' }, hello: null };
  }
}

interface SendingSocket extends WsSocket {
  send(text: string, sent: () => void): void;
  ping(): void;
  close(code: number, reason: string): void;
  terminate(): void;
}

/** What `welcome` does with a socket. */
class WsPeer implements Peer {
  readonly remoteAddress: string;
  readonly #socket: SendingSocket;

  constructor(socket: WsSocket, remoteAddress: string) {
    this.#socket = socket as SendingSocket;
    this.remoteAddress = remoteAddress;
  }

  get closing(): boolean {
    return this.#socket.readyState !== OPEN;
  }

  send(text: string): void {
    attempted(() => this.#socket.send(text, () => {}));
  }

  ping(): void {
    if (!this.closing) attempted(() => this.#socket.ping());
  }

  close(code: number, reason: string): void {
    attempted(() => this.#socket.close(code, reason));
  }

  terminate(): void {
    attempted(() => this.#socket.terminate());
  }
}
