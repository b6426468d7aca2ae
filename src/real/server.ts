import { createHmac, randomUUID } from 'node:crypto';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { Connections, type Peer, type RejectReason, type ServerHost } from '../core/connections.ts';
import {
  type BadHello,
  hasHello,
  isBadHello,
  MAX_HELLO_BYTES,
  parseHelloQuery,
  queryFields,
} from '../core/handshake.ts';
import { randomFor } from '../core/random.ts';
import { LOG_SCHEMA } from '../core/records.ts';
import type { ServerSettings } from '../core/settings.ts';
import type { CloseRule, RejectRule } from '../core/world.ts';
import { realClock } from './clock.ts';
import { isLoopback, nameOfHost } from './host-name.ts';
import type { Log } from './logs.ts';
import { LoopDelay } from './loop-delay.ts';
import { WSDIAG_VERSION } from './version.ts';

export interface ServerOptions {
  host: string;
  /** 0 for any free one. */
  port: number;
  settings: ServerSettings;
  /** Key of the reconnect tokens; the same after a restart, or tokens lose their worth. */
  secret: string;
  /** Origins beside the server's own that pages may connect from. */
  allowedOrigins?: string[];
  /** Seed of what is drawn here: what faults reject and close, and how old connections grow. */
  seed?: number;
  /** Which of several servers it is, as its log tells; none where it is the only one. */
  node?: number;
  /** When it was told to start again, as `Date.now()` has it. */
  toldAt?: number;
}

/** A close frame may go unanswered for this long. */
const CLOSE_TIMEOUT_MS = 2000;
const MAX_HEADER_BYTES = 16 * 1024;
/** Seconds a client is told to stay away when too many come. */
const BUSY_RETRY_AFTER_SECONDS = 1;

/** The reference server: the handshake, the heartbeat and the log, over `ws`. */
export class ReferenceServer {
  readonly #options: ServerOptions;
  readonly #log: Log<'server'>;
  readonly #http: http.Server;
  readonly #ws: WebSocketServer;
  readonly #connections: Connections;
  readonly #loopDelay = new LoopDelay();
  readonly #random: () => number;
  readonly #stalled = new Set<() => void>();
  /** What waits until the lines of this turn are in the file; null between turns. */
  #unsent: (() => void)[] | null = null;
  #rejectRule: RejectRule | null = null;
  #closeRule: CloseRule | null = null;
  #stalling = false;
  #stopping = false;
  /** Handshakes that may come now, of `maxHandshakesPerSecond`. */
  #tokens = 0;
  #tokensAt = Number.NEGATIVE_INFINITY;

  constructor(options: ServerOptions, log: Log<'server'>) {
    this.#options = options;
    this.#log = log;
    this.#random = randomFor(options.seed ?? 0, 'server/reject');
    const host: ServerHost = {
      ...realClock,
      random: randomFor(options.seed ?? 0, 'server/age'),
      randomUUID: () => randomUUID(),
      sign: (sessionId) =>
        createHmac('sha256', options.secret).update(sessionId).digest('base64url'),
      log: (event, fields) => {
        log.write(event, fields);
        this.#endTurnSoon();
      },
    };
    this.#connections = new Connections(host, options.settings);
    const { handshakeTimeoutMs } = options.settings;
    const checkingMs = Math.min(1000, handshakeTimeoutMs);
    this.#http = http.createServer(
      {
        maxHeaderSize: MAX_HEADER_BYTES,
        // From the TCP connection to the end of an upgrade request; and how often that is looked at.
        headersTimeout: handshakeTimeoutMs,
        requestTimeout: handshakeTimeoutMs,
        connectionsCheckingInterval: checkingMs,
        keepAlive: false,
        noDelay: true,
      },
      (_request, response) => {
        response.writeHead(426, { Upgrade: 'websocket', Connection: 'close' });
        response.end('This is a WebSocket server.\n');
      },
    );
    // Node waits for ever for the first byte of a request; a slow one it answers itself before.
    this.#http.on('connection', (socket: net.Socket) => {
      socket.setTimeout(handshakeTimeoutMs + 2 * checkingMs, () => socket.destroy());
    });
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    this.#ws = new WebSocketServer({
      noServer: true,
      maxPayload: MAX_HELLO_BYTES,
      perMessageDeflate: false,
      closeTimeout: CLOSE_TIMEOUT_MS,
      clientTracking: false,
      // A hello is one frame; a thousand fragments of one are an attack.
      maxFragments: 16,
      maxBufferedChunks: 64,
    } as ConstructorParameters<typeof WebSocketServer>[0]);
    this.#ws.on('wsClientError', (_error, socket, request) =>
      this.#refuse(socket, request, { reason: 'protocol-error', status: 400 }),
    );
  }

  /** Rejects with the system's error where the address can't be had. */
  async start(): Promise<{ url: string; port: number }> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#http.once('error', reject);
      this.#http.listen({ host, port, backlog: 4096 }, () => {
        this.#http.off('error', reject);
        resolve();
      });
    }).catch((error) => {
      // Its timers would keep the process.
      this.#connections.stop(() => {});
      this.#loopDelay.stop();
      throw error;
    });
    const address = this.#http.address() as AddressInfo;
    const { node, toldAt } = this.#options;
    this.#log.write('server_started', {
      url: this.url,
      wsdiag_version: WSDIAG_VERSION,
      log_schema: LOG_SCHEMA,
      node,
      ...(toldAt !== undefined && { start_ms: Math.max(0, Date.now() - toldAt) }),
    });
    // A server that is killed early was there all the same.
    this.#log.flush();
    return { url: this.url, port: address.port };
  }

  get url(): string {
    const { address, port } = this.#http.address() as AddressInfo;
    return `ws://${net.isIPv6(address) ? `[${address}]` : address}:${port}`;
  }

  rejectHandshakes(rule: RejectRule | null): void {
    this.#rejectRule = rule;
  }

  closeOnOpen(rule: CloseRule | null): void {
    this.#closeRule = rule;
  }

  /** From now on no connection ends for its age, or because nothing passes it. */
  spareConnections(): void {
    this.#connections.spare();
  }

  stallHandshakes(on: boolean): void {
    this.#stalling = on;
    if (on) return;
    for (const resume of this.#stalled) resume();
    this.#stalled.clear();
  }

  /** Whether any connection is in the middle of its closing handshake. */
  isClosingAny(): boolean {
    return this.#connections.isClosingAny();
  }

  closeSessions(sessionIds: Iterable<string>, code: number, reason: string): void {
    this.#connections.closeSessions(sessionIds, code, reason);
  }

  /** Ends connections of these sessions without a close frame. */
  dropSessions(sessionIds: Iterable<string>): void {
    this.#connections.dropSessions(sessionIds);
  }

  /** Closes everyone with 1012, one by one over that time, then the log; all is on disk when it resolves. */
  async stop(drainMs = 0): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    const url = this.url;
    this.#http.close();
    // They are refused while there still is a log.
    this.stallHandshakes(false);
    await new Promise<void>((resolve) => {
      const terminate = () => this.#connections.terminateAll();
      const timer = setTimeout(terminate, drainMs + CLOSE_TIMEOUT_MS);
      this.#connections.stop(() => {
        clearTimeout(timer);
        resolve();
      }, drainMs);
    });
    this.#log.write('server_stopped', {
      url,
      wsdiag_version: WSDIAG_VERSION,
      log_schema: LOG_SCHEMA,
      event_loop_delay_p99_ms: this.#loopDelay.stop(),
    });
    this.#log.close();
    this.#http.closeAllConnections();
  }

  #upgrade(request: http.IncomingMessage, socket: Duplex, head: Buffer): void {
    (socket as net.Socket).setTimeout(0);
    // Until `ws` has it, an error here has nobody else to go to.
    socket.on('error', () => socket.destroy());
    if (!this.#stalling) {
      this.#answer(request, socket, head);
      return;
    }
    const leave = () => socket.destroy();
    const resume = () => {
      socket.off('data', leave).off('end', leave);
      if (!socket.destroyed) this.#answer(request, socket, head);
    };
    this.#stalled.add(resume);
    // It is read, or its end would not be heard of; until the answer it may say nothing (RFC 6455, 4.1).
    socket
      .on('data', leave)
      .on('end', leave)
      .once('close', () => this.#stalled.delete(resume));
  }

  #answer(request: http.IncomingMessage, socket: Duplex, head: Buffer): void {
    const refusal = this.#refusal(request);
    if (refusal !== null) {
      this.#refuse(socket, request, refusal);
      return;
    }
    const query = queryOf(request);
    const hello = hasHello(query) ? parseHelloQuery(query) : null;
    if (hello !== null && isBadHello(hello)) {
      this.#refuse(socket, request, { reason: 'hello-invalid', status: 400, bad: hello });
      return;
    }
    this.#ws.handleUpgrade(request, socket, head, (webSocket) => {
      const peer = peerOf(webSocket, remoteAddress(request), this.#whenLogged);
      const rule = this.#closeRule;
      const isTurnedAway = rule !== null && this.#random() < rule.share;
      const connection = this.#connections.accept(peer, isTurnedAway ? null : hello);
      if (isTurnedAway) connection.turnAway(rule.code);
      webSocket
        .on('message', (data, isBinary) => {
          connection.heard();
          connection.received(isBinary ? null : data.toString());
        })
        .on('pong', () => connection.ponged())
        .on('ping', () => connection.heard())
        .on('error', (error: Error & { code?: string }) => {
          // Errors of the socket itself show in its close; these are the peer's.
          if (error.code?.startsWith('WS_ERR_')) connection.violated(violationCode(error.code));
        })
        .on('close', (code, reason) => connection.ended(code, reason.toString()));
    });
  }

  /**
   * A welcome leaves once its connection's line is in the file, so that even a killed server has told
   * of all that a client can know. One write does for all lines of a turn of the event loop.
   */
  #endTurnSoon(): void {
    if (this.#unsent !== null) return;
    this.#unsent = [];
    setImmediate(() => {
      const unsent = this.#unsent ?? [];
      this.#unsent = null;
      this.#log.flush();
      for (const send of unsent) send();
    });
  }

  readonly #whenLogged = (step: () => void): void => {
    if (this.#unsent === null) step();
    else this.#unsent.push(step);
  };

  #refusal(request: http.IncomingMessage): Refusal | null {
    if (this.#stopping) return { reason: 'server-stopping', status: 503 };
    if (!this.#isOwnHost(request.headers.host)) return { reason: 'foreign-host', status: 403 };
    if (!this.#isAllowedOrigin(request)) {
      const told = { origin: `${request.headers.origin}` };
      return { reason: 'foreign-origin', status: 403, told };
    }
    const rule = this.#rejectRule;
    if (rule !== null && this.#random() < rule.share) {
      return {
        reason: 'fault-injected',
        status: rule.status,
        retryAfterSeconds: rule.retryAfterSeconds,
      };
    }
    const retryAfterSeconds = BUSY_RETRY_AFTER_SECONDS;
    const { maxPending } = this.#options.settings;
    if (maxPending !== null && this.#connections.pending >= maxPending.count) {
      return { reason: 'too-many-pending', status: maxPending.status, retryAfterSeconds };
    }
    return this.#isBusy() ? { reason: 'rate-limited', status: 503, retryAfterSeconds } : null;
  }

  /** A page of a foreign site can make a browser send any Host's name here (DNS rebinding). */
  #isOwnHost(header: string | undefined): boolean {
    const { host } = this.#options;
    if (!isLoopback(host)) return header !== undefined;
    const name = nameOfHost(header);
    return name !== null && (name === host || isLoopback(name));
  }

  /** No Origin: no browser. Else it must be this server's own, or one that was allowed. */
  #isAllowedOrigin({ headers: { origin, host } }: http.IncomingMessage): boolean {
    if (origin === undefined || origin === `http://${host}`) return true;
    if (this.#options.allowedOrigins?.includes(origin)) return true;
    const name = nameOfHost(origin.replace(/^https?:\/\//, ''));
    return name !== null && isLoopback(name) && isLoopback(this.#options.host);
  }

  /** A token bucket: the limit's rate, with a burst of a tenth of a second. */
  #isBusy(): boolean {
    const limit = this.#options.settings.maxHandshakesPerSecond;
    if (limit === null) return false;
    const now = performance.now();
    const refill = ((now - this.#tokensAt) * limit) / 1000;
    this.#tokens = Math.min(Math.max(1, limit / 10), this.#tokens + refill);
    this.#tokensAt = now;
    if (this.#tokens < 1) return true;
    this.#tokens -= 1;
    return false;
  }

  #refuse(socket: Duplex, request: http.IncomingMessage, refusal: Refusal): void {
    const { reason, status, retryAfterSeconds = null, bad, told = bad?.readable } = refusal;
    this.#connections.refuse(reason, status, remoteAddress(request), told);
    const retryAfter = retryAfterSeconds === null ? '' : `Retry-After: ${retryAfterSeconds}\r\n`;
    const body = `${bad?.problem ?? reason}\n`;
    // A peer that never ends its side would keep the socket.
    socket.once('finish', () => socket.destroy());
    socket.end(
      `HTTP/1.1 ${status} ${http.STATUS_CODES[status] ?? 'Refused'}\r\n` +
        'Connection: close\r\nSec-WebSocket-Version: 13\r\nContent-Type: text/plain\r\n' +
        `Content-Length: ${Buffer.byteLength(body)}\r\n${retryAfter}\r\n${body}`,
    );
  }
}

interface Refusal {
  reason: RejectReason;
  status: number;
  retryAfterSeconds?: number | null;
  bad?: BadHello;
  /** What its line has beside the rest. Default: what was readable of a bad hello. */
  told?: { origin: string };
}

/** `whenLogged`: runs a step once the lines before it are in the log file. */
function peerOf(
  webSocket: WebSocket,
  remoteAddress: string,
  whenLogged: (step: () => void) => void,
): Peer {
  return {
    remoteAddress,
    get closing() {
      return webSocket.readyState !== webSocket.OPEN;
    },
    send: (text) => whenLogged(() => webSocket.send(text)),
    ping: () =>
      whenLogged(() => {
        if (webSocket.readyState === webSocket.OPEN) webSocket.ping();
      }),
    close: (code, reason) => webSocket.close(code, reason),
    terminate: () => webSocket.terminate(),
  };
}

const remoteAddress = (request: http.IncomingMessage): string =>
  `${request.socket.remoteAddress}:${request.socket.remotePort}`;

function queryOf(request: http.IncomingMessage): Map<string, string> {
  const { url = '' } = request;
  const start = url.indexOf('?');
  if (start < 0) return EMPTY_QUERY;
  return queryFields(url.slice(start + 1));
}
const EMPTY_QUERY: Map<string, string> = new Map();

/** The close code `ws` has answered a broken frame with (its `receiver.js`). */
function violationCode(code: string): number {
  if (/^WS_ERR_UNSUPPORTED_(MESSAGE|DATA_PAYLOAD)_LENGTH$/.test(code)) return 1009;
  if (code === 'WS_ERR_INVALID_UTF8') return 1007;
  return code === 'WS_ERR_TOO_MANY_BUFFERED_PARTS' ? 1008 : 1002;
}
