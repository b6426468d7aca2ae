import net, { type AddressInfo } from 'node:net';
import { randomFor } from '../core/random.ts';
import type { BalancePolicy } from '../core/settings.ts';
import { Balancer } from './balancer.ts';
import { FaultRules } from './fault-rules.ts';
import type { FaultOptions, ProxyFaultName } from './faults/index.ts';
import { NumberedSet } from './numbered-set.ts';
import { ProxiedConnection, type ProxiedConnectionHost } from './proxied-connection.ts';
import { ProxyLog, type ProxyLogs } from './proxy-log.ts';
import type { Upstream } from './upstream.ts';

export interface ProxySettings {
  /** Each connection goes to one of them. */
  upstreams: readonly Upstream[];
  balance: BalancePolicy;
  /** Address to listen on. */
  host: string;
  /** 0 for any free one. */
  port: number;
  seed: number;
  /** A WebSocket is asked for; nothing was done to it yet. */
  onAsked?(): void;
  /** No upstream can be reached; told once until one is again. */
  onUnreachable?(error: NodeJS.ErrnoException): void;
}

/** A WebSocket that passes through the proxy. */
export interface ProxySession {
  /** Of its hello; null where none has come, or none could be read. */
  session_id: string | null;
  connection_sequence: number | null;
  document_id: string | null;
  /** Of its server's welcome, else the proxy's own; null before its handshake is over. */
  client_id: string | null;
  remote_address: string;
  /** `handshake` until both hello and welcome have passed; `silent` while a fault leaves it half-open. */
  state: 'handshake' | 'open' | 'silent' | 'closing';
}

/** Listens for clients, and connects each to an upstream. */
export class WebSocketProxy {
  readonly #settings: ProxySettings;
  readonly #logs: ProxyLogs;
  readonly #listener = net.createServer({ allowHalfOpen: true, noDelay: true });
  readonly #connections = new NumberedSet<ProxiedConnection>();
  readonly #rules: FaultRules;
  #log: ProxyLog | null = null;
  #isReachable = true;
  #allGone: (() => void) | null = null;
  #stopped: Promise<void> | null = null;

  constructor(settings: ProxySettings, logs: ProxyLogs) {
    this.#settings = settings;
    this.#logs = logs;
    this.#rules = new FaultRules({
      seed: settings.seed,
      connections: () => [...this.#connections].filter(({ isFaulty }) => isFaulty),
      log: (event, fields) => this.#log?.writeFault(event, fields),
      unstalled: () => {
        for (const connection of this.#connections) connection.unstall();
      },
    });
  }

  /** Rejects with the system's error where the address can't be had. */
  async start(): Promise<void> {
    const { host, port, upstreams } = this.#settings;
    await new Promise<void>((resolve, reject) => {
      this.#listener.once('error', reject).listen({ host, port, backlog: 4096 }, () => {
        this.#listener.off('error', reject);
        resolve();
      });
    });
    this.#log = new ProxyLog(this.#logs, {
      url: this.url,
      upstream: upstreams.map(({ url }) => url).join(', '),
    });
    const connectionHost = this.#connectionHost(this.#log);
    this.#listener.on('connection', (socket) => {
      this.#connections.add(new ProxiedConnection(socket, connectionHost));
    });
    // Such as no more open files: whoever comes next is taken again.
    this.#listener.on('error', () => {});
  }

  get port(): number {
    return (this.#listener.address() as AddressInfo).port;
  }

  get url(): string {
    const { address } = this.#listener.address() as AddressInfo;
    return `ws://${net.isIPv6(address) ? `[${address}]` : address}:${this.port}`;
  }

  sessions(): ProxySession[] {
    return [...this.#connections].flatMap((connection) => sessionOf(connection) ?? []);
  }

  /** @throws BadFault */
  inject<F extends ProxyFaultName>(fault: F, options: FaultOptions[F]): number {
    return this.#rules.inject(fault, options);
  }

  heal(): void {
    this.#rules.heal();
  }

  /** Ends all connections, and the logs; resolves when all sockets are closed. The second time it does no more. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#listener.close();
    this.#rules.heal();
    for (const connection of [...this.#connections]) connection.destroy();
    await new Promise<void>((resolve) => {
      this.#allGone = resolve;
      if (this.#connections.size === 0) resolve();
    });
    if (this.#log) this.#log.close();
    else for (const log of Object.values(this.#logs)) log?.close();
  }

  #connectionHost(log: ProxyLog): ProxiedConnectionHost {
    const { upstreams, balance, seed, onAsked, onUnreachable } = this.#settings;
    return {
      log,
      waiting: new Map(),
      random: randomFor(seed, 'proxy/jitter'),
      balancer: new Balancer(upstreams, balance),
      reached: () => {
        this.#isReachable = true;
      },
      asked: (connection) => {
        onAsked?.();
        this.#rules.advanced(connection);
      },
      upgradeFaultOn: (connection) => this.#rules.upgradeFaultOn(connection),
      advanced: (connection) => {
        if (this.#rules.isEmpty) return;
        // Once what is being read has left.
        process.nextTick(() => {
          if (connection.isFaulty) this.#rules.advanced(connection);
        });
      },
      named: (connection) => this.#rules.named(connection),
      unreachable: (error) => {
        if (this.#isReachable) onUnreachable?.(error);
        this.#isReachable = false;
      },
      gone: (connection) => {
        this.#connections.delete(connection);
        this.#rules.gone(connection);
        if (this.#connections.size === 0) this.#allGone?.();
      },
    };
  }
}

function sessionOf({ log, isSilent }: ProxiedConnection): ProxySession | undefined {
  if (log === null || log.stage === 'over') return undefined;
  const { session_id = null, connection_sequence = null, document_id = null } = log.names;
  const ofLog = log.stage === 'opened' ? 'open' : 'handshake';
  return {
    session_id,
    connection_sequence,
    document_id,
    client_id: log.clientId,
    remote_address: log.remoteAddress,
    state: log.isClosing ? 'closing' : isSilent ? 'silent' : ofLog,
  };
}
