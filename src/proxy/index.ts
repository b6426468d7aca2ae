import type { BalancePolicy } from '../core/settings.ts';
import { type Log, openLog } from '../real/logs.ts';
import { ProxyControl } from './control.ts';
import type {
  CloseOptions,
  DropOptions,
  LatencyOptions,
  RefuseOptions,
  StallOptions,
} from './faults/index.ts';
import type { HostHeader } from './host-header.ts';
import { type ProxySession, WebSocketProxy } from './proxy.ts';
import type { ProxyLogs } from './proxy-log.ts';
import { parseUpstreams } from './upstream.ts';

export { BadFault } from './fault-rules.ts';
export type {
  CloseOptions,
  ConnectionTarget,
  DropOptions,
  HandshakeTarget,
  LatencyOptions,
  RefuseOptions,
  StallOptions,
  Target,
} from './faults/index.ts';
export type { HostHeader } from './host-header.ts';
export type { ProxySession } from './proxy.ts';

export interface ProxyOptions {
  /** `ws://` or `wss://` URL of the server, without a path; of several, each connection goes to one that can be reached. */
  upstream: string | URL | readonly (string | URL)[];
  /** Which of several: each in turn, or the one with the fewest connections. Default: `round-robin`. */
  balance?: BalancePolicy;
  /** Address to listen on. Default: `127.0.0.1`. */
  host?: string;
  /** Port to listen on. Default: 0, any free one. */
  port?: number;
  /** Port of the HTTP control on 127.0.0.1, 0 for any free one. Default: no control. */
  control?: number;
  /** File that the log of connections is appended to, as NDJSON. Default: none is written. */
  log?: string;
  /** File that the log of faults is appended to, as NDJSON. Default: none is written. */
  faultsLog?: string;
  /** Of all draws: which share a fault hits, and jitter. Default: 1. */
  seed?: number;
  /** Certificates (PEM) that a `wss://` upstream's is trusted by. Default: those that Node brings. */
  ca?: string | Buffer;
  /**
   * Whose Host the upstream is asked with: its own, by which it may be found, or the client's, unchanged. Default:
   * `upstream` for `wss://`, else `client`.
   */
  hostHeader?: HostHeader;
}

/**
 * A proxy that listens. Each fault's promise resolves once the fault is on; where what was asked for makes no sense, it
 * is rejected with a `BadFault`, whose message names the field.
 */
export interface RunningProxy {
  /** `ws://host:port` for clients. */
  readonly url: string;
  readonly port: number;
  /** `http://127.0.0.1:port` of the control; null without one. */
  readonly controlUrl: string | null;
  /** WebSockets that pass through it now. */
  sessions(): ProxySession[];
  /** Ends connections without a close frame, or leaves them half-open. */
  drop(options?: DropOptions): Promise<FaultResult>;
  /** Closes connections with a close frame to both sides, as their server and as their client. */
  close(options?: CloseOptions): Promise<FaultResult>;
  /** Holds back all that is sent, each way, handshakes included. */
  latency(options: LatencyOptions): Promise<FaultResult>;
  /** Answers upgrade requests with an HTTP status of its own. */
  refuse(options?: RefuseOptions): Promise<FaultResult>;
  /** Leaves upgrade requests without an answer. */
  stall(options?: StallOptions): Promise<FaultResult>;
  /** Takes back every fault that lasts. What was held back passes then. */
  heal(): Promise<void>;
  /**
   * Ends all connections. Resolves once sockets are closed and logs are whole; rejects with the system's error where
   * one could not be written. It may be called again.
   */
  stop(): Promise<void>;
}

export interface FaultResult {
  /** Connections that were hit at once; those that come later are not counted. */
  connections: number;
}

/**
 * Starts a proxy before a WebSocket server, to put faults of the network between the server and its clients.
 *
 * @throws TypeError for an upstream that is no ws:// or wss:// URL
 * @throws the system's error for a port that is taken, or a log that can't be opened
 */
export async function startProxy(options: ProxyOptions): Promise<RunningProxy> {
  const { host = '127.0.0.1', port = 0, control, seed = 1, balance = 'round-robin' } = options;
  const upstreams = parseUpstreams(options.upstream, options.ca, options.hostHeader);
  let logError: Error | undefined;
  const logs = openLogs(options, (error) => {
    logError ??= error;
  });
  const proxy = new WebSocketProxy({ upstreams, balance, host, port, seed }, logs);
  const controls = control === undefined ? null : new ProxyControl(proxy);
  try {
    await proxy.start();
    await controls?.start(control as number);
  } catch (error) {
    await proxy.stop();
    throw error;
  }
  return {
    url: proxy.url,
    port: proxy.port,
    controlUrl: controls?.url ?? null,
    sessions: () => proxy.sessions(),
    drop: async (options = {}) => ({ connections: proxy.inject('drop', options) }),
    close: async (options = {}) => ({ connections: proxy.inject('close', options) }),
    latency: async (options) => ({ connections: proxy.inject('latency', options) }),
    refuse: async (options = {}) => ({ connections: proxy.inject('refuse', options) }),
    stall: async (options = {}) => ({ connections: proxy.inject('stall', options) }),
    heal: async () => proxy.heal(),
    stop: async () => {
      await Promise.all([controls?.stop(), proxy.stop()]);
      if (logError) throw logError;
    },
  };
}

/** Both, or none is left open. */
function openLogs({ log, faultsLog }: ProxyOptions, onError: (error: Error) => void): ProxyLogs {
  const server = log === undefined ? NO_LOG : openLog<'server'>(log, { onError });
  try {
    const faults = faultsLog === undefined ? null : openLog<'faults'>(faultsLog, { onError });
    return { server, faults };
  } catch (error) {
    server.close();
    throw error;
  }
}

const NO_LOG: Log<'server'> = { write: () => {}, flush: () => {}, close: () => {} };
