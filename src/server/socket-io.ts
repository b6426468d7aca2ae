import { attempted } from '../core/attempted.ts';
import { ABNORMAL_CLOSURE } from '../core/close-codes.ts';
import type { Peer } from '../core/connections.ts';
import type { ClosedBy } from '../core/records.ts';
import { asEmitter, type Emitter, Listeners } from './listeners.ts';
import {
  type Ending,
  LoggedConnection,
  ServerLog,
  type ServerLogOptions,
  type UpgradeRequest,
  urlOf,
} from './server-log.ts';
import { NOTHING, type SessionFields, type ToldSession, toldByFields, toldByUrl } from './told.ts';
import type { ServerLogger } from './ws.ts';

/** A `Server` of Socket.IO, or one of its namespaces. */
export interface IoLike {
  // biome-ignore lint/suspicious/noExplicitAny: as Socket.IO's own types have it.
  on(event: any, listener: any): unknown;
}

/** A `Socket` of Socket.IO, on the server. */
export interface IoSocket extends Emitter {
  readonly id: string;
  readonly handshake: {
    readonly auth: { [name: string]: unknown };
    readonly address: string;
    readonly url: string;
  };
}

export interface SocketIoLogOptions<Socket extends IoSocket = IoSocket> extends ServerLogOptions {
  /** Finds a session's fields. Default: in `handshake.auth`, or else in the query string. */
  hello?: (socket: Socket) => SessionFields | null | undefined;
}

/**
 * Logs what becomes of the sockets of a Socket.IO server's main namespace, or of the namespace that is given, in the
 * lines of docs/logs.md. Call it before there are any. Nothing is thrown into the application.
 *
 * @throws TypeError where `io` is no server and no namespace, or `options.logger` no logger
 */
export function logSocketIo<Socket extends IoSocket = IoSocket>(
  io: IoLike,
  options: SocketIoLogOptions<Socket>,
): ServerLogger<Socket> {
  const { server, namespace } = partsOf(io);
  const http = asEmitter(server.httpServer);
  const log = new ServerLog(options, () => (http ? addressOfServer(http) : null));
  const watched = new Map<Socket, WatchedSocket>();
  const listeners = new Listeners();
  const stop = () => {
    listeners.removeAll();
    for (const one of watched.values()) one.stop();
    watched.clear();
    log.stop();
  };
  listeners.add(namespace, 'connection', (socket: Socket) => {
    const one = new WatchedSocket(socket, log);
    watched.set(socket, one);
    one.listen(() => watched.delete(socket));
    one.connection.open(toldBy(socket, options.hello));
  });
  const engine = asEmitter(server.engine);
  if (engine) {
    listeners.add(engine, 'connection_error', ({ req, code, message }: Refusal) =>
      log.rejected(req ?? {}, `${message}`, code === FORBIDDEN ? 403 : 400),
    );
  }
  const start = () => {
    if (!http || addressOfServer(http) !== null) log.start();
  };
  if (http) {
    listeners.add(http, 'listening', start);
    listeners.add(http, 'close', stop);
  }
  start();
  return {
    ids: (socket) => watched.get(socket)?.connection.ids,
    ending: (socket, by) => watched.get(socket)?.endingBy(by),
    rejected: (request: UpgradeRequest, reason, status = null) =>
      void attempted(() => log.rejected(request, reason, status)),
    stop,
  };
}

/** As Engine.IO tells of a handshake that it refused. */
interface Refusal {
  req?: UpgradeRequest;
  code?: number;
  message?: string;
}
const FORBIDDEN = 4;

interface IoServer {
  httpServer?: unknown;
  engine?: unknown;
  of?(name: string): unknown;
}

function partsOf(io: IoLike): { server: IoServer; namespace: Emitter } {
  const { of, server } = io as { of?: unknown; server?: IoServer };
  const namespace = typeof of === 'function' ? (io as IoServer).of?.('/') : io;
  const emitter = asEmitter(namespace);
  if (emitter === null) {
    throw new TypeError('io: expected a Server or a Namespace of Socket.IO');
  }
  return {
    server: typeof of === 'function' ? (io as IoServer) : (server ?? {}),
    namespace: emitter,
  };
}

function addressOfServer(http: object): string | null {
  const { address, setSecureContext } = http as {
    address?: () => unknown;
    setSecureContext?: unknown;
  };
  return attempted(() => urlOf(address?.call(http), setSecureContext !== undefined)) ?? null;
}

function toldBy<Socket extends IoSocket>(
  socket: Socket,
  read: SocketIoLogOptions<Socket>['hello'],
): ToldSession {
  if (read) {
    try {
      return toldByFields(read(socket)) ?? NOTHING;
    } catch {
      return {
        fields: { hello_problem: 'the function that finds the session threw' },
        hello: null,
      };
    }
  }
  const { auth, url } = socket.handshake;
  const told = toldByFields(auth) ?? NOTHING;
  return told === NOTHING ? (toldByUrl(url) ?? NOTHING) : told;
}

/** A socket of a namespace, as its events show it. */
class WatchedSocket {
  readonly connection: LoggedConnection;
  readonly #socket: IoSocket;
  readonly #listeners = new Listeners();
  #saidBy: ClosedBy | null = null;

  constructor(socket: IoSocket, log: ServerLog) {
    this.#socket = socket;
    const peer = peerOf(socket, `${socket.handshake.address ?? ''}`);
    this.connection = new LoggedConnection(log, peer, socket.id);
  }

  /** @param ended called once, when it has ended */
  listen(ended: () => void): void {
    this.#listeners.add(this.#socket, 'disconnect', (reason: unknown) => {
      this.#listeners.removeAll();
      ended();
      this.connection.close(this.#endingOf(`${reason}`));
    });
  }

  endingBy(by: ClosedBy): void {
    this.#saidBy = by;
  }

  stop(): void {
    this.#listeners.removeAll();
  }

  #endingOf(reason: string): Ending {
    const code = closeCodeOf(this.#socket, reason);
    return {
      close_code: code,
      close_reason: reason,
      was_clean: code === null ? null : code !== ABNORMAL_CLOSURE,
      closed_by: this.#saidBy ?? endedBy(reason, code),
    };
  }
}

/** Socket.IO's reasons (its documentation, "disconnect"). */
const ENDED_BY: Record<string, ClosedBy> = {
  'client namespace disconnect': 'peer',
  'server namespace disconnect': 'server',
  'server shutting down': 'server',
  'forced close': 'server',
  'forced server close': 'server',
  'parse error': 'server',
  'ping timeout': 'heartbeat',
  'transport error': 'network',
};
const TRANSPORT_CLOSE = 'transport close';

/** A transport that closes was closed by its peer, if a close frame came; of polling nobody knows. */
function endedBy(reason: string, code: number | null): ClosedBy | undefined {
  if (reason !== TRANSPORT_CLOSE)
    return Object.hasOwn(ENDED_BY, reason) ? ENDED_BY[reason] : undefined;
  if (code === null) return undefined;
  return code === ABNORMAL_CLOSURE ? 'network' : 'peer';
}

/** Socket.IO keeps the code to itself: it is its WebSocket's, where that is what ended. Of polling there is none. */
function closeCodeOf(socket: IoSocket, reason: string): number | null {
  if (reason !== TRANSPORT_CLOSE) return null;
  const { conn } = socket as { conn?: { transport?: { socket?: { _closeCode?: unknown } } } };
  const code = conn?.transport?.socket?._closeCode;
  return typeof code === 'number' ? code : null;
}

/** What `welcome` does with a socket. What ends one waits: a call must lead to no event from within. */
function peerOf(socket: IoSocket, remoteAddress: string): Peer {
  const io = socket as unknown as {
    readonly connected: boolean;
    emit(event: string, ...args: unknown[]): void;
    disconnect(close: boolean): void;
  };
  const end = () => setImmediate(() => void attempted(() => io.disconnect(true)));
  return {
    remoteAddress,
    get closing() {
      return !io.connected;
    },
    send: (text) => void attempted(() => io.emit('welcome', JSON.parse(text))),
    ping: () => {},
    close: end,
    terminate: end,
  };
}
