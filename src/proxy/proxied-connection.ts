import type net from 'node:net';
import type { Latency } from '../core/world.ts';
import type { Backend, Balancer } from './balancer.ts';
import { ConnectionLog, type ConnectionLogHost, type Waiting } from './connection-log.ts';
import type {
  ConnectionStage,
  FaultyConnection,
  LinkCondition,
  UpgradeFault,
} from './faults/index.ts';
import { Flow } from './flow.ts';
import { closeFrame, FrameReader } from './frames.ts';
import { HeadReader, MAX_HEAD_BYTES, ResponseReader, readRequest } from './http-head.ts';
import { answer, finish, reset } from './sockets.ts';

export interface ProxiedConnectionHost {
  readonly log: ConnectionLogHost;
  readonly waiting: Waiting;
  /** Uniform in [0, 1). */
  random(): number;
  readonly balancer: Balancer;
  /** The upstream is connected. */
  reached(): void;
  /** What a fault does to its upgrade request; null: nothing. */
  upgradeFaultOn(connection: ProxiedConnection): { does: UpgradeFault; fault: string } | null;
  /** It asks for a WebSocket, or was accepted, or its session is known. */
  advanced(connection: ProxiedConnection): void;
  /** Its hello is known. */
  named(connection: ProxiedConnection): void;
  /** No upstream could be reached. */
  unreachable(error: NodeJS.ErrnoException): void;
  /** Its sockets are closed. Comes once, and last. */
  gone(connection: ProxiedConnection): void;
}

/** Without a byte of the first request's head. */
const HEAD_TIMEOUT_MS = 60_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** A close frame of the proxy's own may go unanswered for this long. */
const CLOSE_TIMEOUT_MS = 2000;

/** One client's TCP connection, and the one that is made to the upstream for it. */
export class ProxiedConnection implements FaultyConnection {
  readonly #host: ProxiedConnectionHost;
  readonly #client: net.Socket;
  #upstream: net.Socket | null = null;
  /** From the client, and from the upstream. */
  #outward: Flow | null = null;
  #inward: Flow | null = null;
  /** null until it asks for a WebSocket. */
  #log: ConnectionLog | null = null;
  /** Goes on with a handshake that a fault stalls. */
  #resume: (() => void) | null = null;
  #conditions: Map<object, LinkCondition> | null = null;
  #isSilent = false;
  /** The proxy's own close frames are on their way. */
  #isClosing = false;
  /** The proxy has ended it. */
  #isEnded = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(client: net.Socket, host: ProxiedConnectionHost) {
    this.#client = client;
    this.#host = host;
    const head = new HeadReader();
    const take = (chunk: Buffer) => {
      const whole = head.read(chunk);
      if (whole === null) return;
      client.pause().off('data', take).off('end', leave).setTimeout(0);
      if (whole !== undefined) this.#asked(whole.head, whole.rest);
      else answer(client, { status: 431, text: `a head has at most ${MAX_HEAD_BYTES} bytes` });
    };
    const leave = () => client.destroy();
    client
      .on('error', () => {})
      .on('data', take)
      .on('end', leave)
      .once('close', () => this.#closed())
      .setTimeout(HEAD_TIMEOUT_MS, leave);
  }

  get names() {
    return this.#log?.names ?? {};
  }

  get stage(): ConnectionStage {
    return this.#log?.stage === 'asked' ? 'asked' : 'accepted';
  }

  /** null for plain HTTP. */
  get log(): ConnectionLog | null {
    return this.#log;
  }

  get isSilent(): boolean {
    return this.#isSilent;
  }

  /** A fault can act on it: a WebSocket that nobody has begun to end. */
  get isFaulty(): boolean {
    const log = this.#log;
    return log !== null && log.stage !== 'over' && !log.isClosing && !this.#isEnded;
  }

  cut(how: 'fin' | 'rst'): void {
    this.#endBy('network', 'drop');
    const end = how === 'fin' ? finish : reset;
    end(this.#client);
    if (this.#upstream) end(this.#upstream);
  }

  close(code: number, reason: string): void {
    if (this.#log === null || this.#isSilent) return;
    this.#log.fault = 'close';
    this.#log.closes('server', code, reason);
    this.#isClosing = true;
    this.#inward?.cutOffWith(closeFrame(code, reason, false));
    this.#outward?.cutOffWith(closeFrame(code, reason, true));
    this.#timer = setTimeout(() => this.#endClosing(), CLOSE_TIMEOUT_MS);
  }

  impose(key: object, condition: LinkCondition): void {
    this.#conditions ??= new Map();
    this.#conditions.set(key, condition);
    this.#applyConditions();
  }

  lift(key: object): void {
    if (this.#conditions?.delete(key)) this.#applyConditions();
  }

  /** A handshake that was stalled is looked at again. */
  unstall(): void {
    this.#resume?.();
  }

  /** Ends it without a close frame. */
  destroy(): void {
    this.#endBy('server');
    this.#client.destroy();
    this.#upstream?.destroy();
  }

  #asked(head: Buffer, rest: Buffer): void {
    const { isUpgrade, hello } = readRequest(head);
    if (!isUpgrade) {
      this.#connect(head, rest);
      return;
    }
    const { remoteAddress, remotePort } = this.#client;
    const { log, waiting } = this.#host;
    this.#log = new ConnectionLog(log, waiting, `${remoteAddress}:${remotePort}`, hello);
    this.#host.advanced(this);
    this.#upgrade(this.#log, head, rest);
  }

  #upgrade(log: ConnectionLog, head: Buffer, rest: Buffer): void {
    const hit = this.#host.upgradeFaultOn(this);
    log.fault = hit?.fault;
    if (hit === null) this.#connect(head, rest);
    else if (hit.does === 'stall') this.#stall(() => this.#upgrade(log, head, rest));
    else this.#refuse(hit.does.status, 'fault-injected', hit.does.retryAfterSeconds);
  }

  /** It is read, or its end would not be heard of; until the answer it may say nothing (RFC 6455, 4.1). */
  #stall(goOn: () => void): void {
    const client = this.#client;
    const leave = () => client.destroy();
    client.on('data', leave).on('end', leave).resume();
    this.#resume = () => {
      this.#resume = null;
      client.off('data', leave).off('end', leave).pause();
      if (!client.destroyed) goOn();
    };
  }

  #refuse(status: number, reason: string, retryAfterSeconds: number | null = null): void {
    this.#isEnded = true;
    this.#log?.refused(reason, status);
    answer(this.#client, { status, text: reason, retryAfterSeconds });
  }

  /** To the first upstream that can be reached. */
  #connect(head: Buffer, rest: Buffer, tried = new Set<Backend>(), failure?: Error): void {
    const { balancer } = this.#host;
    const backend = balancer.pick(tried);
    if (backend === undefined) {
      this.#unreachable(failure);
      return;
    }
    const upstream = balancer.connect(backend, () => {
      upstream.off('error', fail).setTimeout(0);
      this.#host.reached();
      this.#connected(upstream, head, rest);
    });
    const fail = (error: Error) => {
      upstream.destroy();
      if (!this.#client.destroyed) this.#connect(head, rest, tried.add(backend), error);
    };
    const giveUp = () => fail(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' }));
    this.#upstream = upstream
      .on('error', () => {})
      .once('error', fail)
      .once('close', () => {
        if (this.#upstream === upstream) this.#closed();
      })
      .setTimeout(CONNECT_TIMEOUT_MS, giveUp);
  }

  #unreachable(error: NodeJS.ErrnoException = new Error('there is none')): void {
    this.#host.unreachable(error);
    this.#refuse(502, `upstream-unreachable: ${error.code ?? error.message}`);
  }

  #connected(upstream: net.Socket, head: Buffer, rest: Buffer): void {
    const client = this.#client;
    const { random } = this.#host;
    this.#outward = new Flow(client, upstream, this.#events('network', client, upstream), random);
    this.#inward = new Flow(upstream, client, this.#events('server', upstream, client), random);
    if (this.#log !== null) this.#readAlong(this.#log, this.#outward, this.#inward);
    if (this.#conditions) this.#applyConditions();
    // In one write.
    upstream.cork();
    this.#outward.put(head);
    if (rest.length > 0) this.#outward.put(rest);
    upstream.uncork();
    client.resume();
  }

  /** What a flow's end means: `by` names the side that it comes from. */
  #events(by: 'network' | 'server', from: net.Socket, to: net.Socket) {
    return {
      ended: () => {
        if (!this.#isClosing) this.#log?.ended(by);
        else if (by === 'network') this.#endClosing();
        else finish(from);
      },
      broke: () => {
        this.#log?.ended(by);
        from.destroy();
        reset(to);
      },
      // The server may give up a client that it hears nothing of; the client's end it does not hear of.
      endedWhileHeld: () => {
        if (by === 'server') this.#log?.ended(by);
        if (this.#outward?.isEnding && this.#inward?.isEnding) this.destroy();
      },
    };
  }

  #readAlong(log: ConnectionLog, outward: Flow, inward: Flow): void {
    const fromClient = new FrameReader({
      message: (message) => {
        log.clientSaid(message);
        fromClient.reading = log.awaitsHello;
        this.#host.named(this);
        this.#advancedSoon();
      },
      closed: (code, reason) => {
        log.closes('peer', code, reason);
        if (this.#isClosing) this.#endClosing();
      },
    });
    fromClient.reading = log.awaitsHello;
    const fromServer = new FrameReader({
      message: (message) => {
        log.serverSaid(message);
        fromServer.reading = log.awaitsWelcome;
      },
      closed: (code, reason) => log.closes('server', code, reason),
    });
    // The first that leaves is the request's head.
    outward.reader = {
      isBetweenFrames: false,
      feed: (chunk) => {
        outward.reader = fromClient;
        return chunk.length;
      },
    };
    inward.reader = new ResponseReader((status, rest) => {
      inward.reader = status === 101 ? fromServer : null;
      if (status === 101) {
        log.accepted();
        this.#advancedSoon();
        fromServer.feed(rest);
      } else {
        outward.reader = null;
        log.refused(status === null ? 'upstream-answer-unreadable' : 'refused-by-upstream', status);
      }
    });
  }

  /** Once what is being read has left. */
  #advancedSoon(): void {
    process.nextTick(() => {
      if (this.isFaulty) this.#host.advanced(this);
    });
  }

  #applyConditions(): void {
    let latency: Latency | null = null;
    let isSilent = false;
    // The latest holds.
    for (const condition of this.#conditions?.values() ?? []) {
      if ('latency' in condition) latency = condition.latency;
      else isSilent = true;
    }
    this.#isSilent = isSilent;
    for (const flow of [this.#outward, this.#inward]) {
      flow?.setLatency(latency);
      if (isSilent) flow?.hold();
      else flow?.release();
    }
  }

  /** The proxy's close frames were answered by the client, or are not going to be. */
  #endClosing(): void {
    if (this.#isEnded) return;
    this.#endBy('server');
    finish(this.#client);
    if (this.#upstream) finish(this.#upstream);
  }

  #endBy(by: 'network' | 'server', fault?: string): void {
    this.#isEnded = true;
    if (this.#log) {
      this.#log.fault ??= fault;
      this.#log.ended(by);
    }
    this.#dispose();
  }

  /** One of its sockets is gone. */
  #closed(): void {
    if (this.#client.destroyed && (this.#upstream?.destroyed ?? true)) {
      this.#log?.ended('network');
      this.#dispose();
      this.#host.gone(this);
    } else if (this.#outward === null) {
      // The client left before the upstream was there.
      this.#upstream?.destroy();
    }
  }

  #dispose(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#resume = null;
    this.#outward?.dispose();
    this.#inward?.dispose();
  }
}
