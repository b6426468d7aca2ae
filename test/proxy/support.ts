import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { type ProxyOptions, type RunningProxy, startProxy } from '../../src/proxy/index.ts';
import { type LogLine, readLines } from '../support/cli.ts';
import { temporaryDirectory } from '../support/world.ts';

/** How a socket ended, as its side sees it. */
export interface SeenClose {
  code: number;
  reason: string;
}

/** A server that sends each message back, and what it sees. */
export class EchoServer {
  readonly server: WebSocketServer;
  readonly closes: SeenClose[] = [];
  readonly sockets = new Set<WebSocket>();

  constructor(options: { perMessageDeflate?: boolean } = {}) {
    this.server = new WebSocketServer({ host: '127.0.0.1', port: 0, ...options });
    this.server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('error', () => {});
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
      socket.on('close', (code, reason) => {
        this.sockets.delete(socket);
        this.closes.push({ code, reason: `${reason}` });
      });
    });
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }
}

export async function startEcho(options?: { perMessageDeflate?: boolean }): Promise<EchoServer> {
  const echo = new EchoServer(options);
  await new Promise((resolve) => echo.server.once('listening', resolve));
  onTestFinished(() => {
    for (const socket of echo.sockets) socket.terminate();
    echo.server.close();
  });
  return echo;
}

export interface Proxied {
  proxy: RunningProxy;
  log: string;
  faultsLog: string;
  lines(): LogLine[];
  faultLines(): LogLine[];
  /** Stops it, and gives its log without the first and the last line. */
  stopped(): Promise<LogLine[]>;
}

export async function startProxied(
  upstream: ProxyOptions['upstream'],
  options: Partial<ProxyOptions> = {},
): Promise<Proxied> {
  const directory = temporaryDirectory();
  const log = path.join(directory, 'proxy.ndjson');
  const faultsLog = path.join(directory, 'faults.ndjson');
  const proxy = await startProxy({ upstream, log, faultsLog, ...options });
  let isStopped = false;
  const stop = async () => {
    if (!isStopped) await proxy.stop();
    isStopped = true;
  };
  onTestFinished(stop);
  return {
    proxy,
    log,
    faultsLog,
    lines: () => readLines(log),
    faultLines: () => readLines(faultsLog),
    stopped: async () => {
      await stop();
      return readLines(log).slice(1, -1);
    },
  };
}

export const SESSION = '0f8fad5b-d9cb-469f-a165-70867728950e';

export const helloText = (sequence = 1, session = SESSION): string =>
  JSON.stringify({
    type: 'hello',
    version: 1,
    session_id: session,
    connection_sequence: sequence,
  });

export const welcomeText = (client_id: string): string =>
  JSON.stringify({ type: 'welcome', version: 1, client_id });

/** The hello's fields, for a URL. */
export const helloQuery = (sequence = 1, session = SESSION): string =>
  `/?session_id=${session}&connection_sequence=${sequence}`;

/** A client, what came to it, and how it ends. */
export class Client {
  readonly socket: WebSocket;
  readonly closed: Promise<SeenClose>;
  error: Error | null = null;

  constructor(url: string, options: WebSocket.ClientOptions = {}) {
    this.socket = new WebSocket(url, { perMessageDeflate: false, ...options });
    this.closed = new Promise((resolve) => {
      this.socket
        .on('error', (error) => {
          this.error = error;
        })
        .on('close', (code, reason) => resolve({ code, reason: `${reason}` }));
    });
    onTestFinished(() => this.socket.terminate());
  }

  get opened(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.socket.readyState === WebSocket.OPEN) resolve();
      this.socket.once('open', resolve).once('error', reject);
    });
  }

  /** The next message. */
  next(): Promise<string> {
    return new Promise((resolve) => {
      this.socket.once('message', (data) => resolve(`${data}`));
    });
  }

  /** Sends a text, and waits for its echo. */
  async echo(text: string): Promise<string> {
    const answer = this.next();
    this.socket.send(text);
    return answer;
  }
}

export async function connect(url: string, options?: WebSocket.ClientOptions): Promise<Client> {
  const client = new Client(url, options);
  await client.opened;
  return client;
}

/** A bare TCP server. */
export async function startTcp(onSocket: (socket: net.Socket) => void): Promise<string> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)));
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A bare TCP client. */
export async function dial(url: string): Promise<net.Socket> {
  const { hostname, port } = new URL(url);
  const socket = net.connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await new Promise((resolve) => socket.once('connect', resolve));
  return socket;
}

export const UPGRADE =
  'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n';
export const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\n\r\n';

/** TCP sockets that this process has. */
export const openSockets = (): number =>
  process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;

/** A promise that is resolved from elsewhere; Node has it from version 22. */
export function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((resolved) => {
    resolve = resolved;
  });
  return { promise, resolve };
}
