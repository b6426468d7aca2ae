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
import { Flow, type Item } from './flow.ts';
import { closeFrame, FrameReader } from './frames.ts';
import { headFor } from './host-header.ts';
import { HeadReader, MAX_HEAD_BYTES, ResponseReader, readRequest } from './http-head.ts';
import type { Numbered } from './numbered-set.ts';
import { answer, finish, type HttpAnswer, reset } from './sockets.ts';

export interface ProxiedConnectionHost {
  readonly log: ConnectionLogHost;
  readonly waiting: Waiting;
  /** Uniform in [0, 1). */
  random(): number;
  readonly balancer: Balancer;
  /** The upstream is connected. */
  reached(): void;
  /** It asks for a WebSocket. */
  asked(connection: ProxiedConnection): void;
  /** What a fault does to its upgrade request; null: nothing. */
  upgradeFaultOn(connection: ProxiedConnection): { does: UpgradeFault; fault: string } | null;
  /** It was accepted, or its session is known. */
  advanced(connection: ProxiedConnection): void;
  /** Its hello is known. */
  named(connection: ProxiedConnection): void;
  /** No upstream could be reached. */
  unreachable(error: NodeJS.ErrnoException): void;
  /** Its sockets are closed. Comes once, and last. */
  gone(connection: ProxiedConnection): void;
}

/** The head of the first request has to be there by then. */
const HEAD_TIMEOUT_MS = 60_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** A close frame of the proxy's own may go unanswered for this long. */
const CLOSE_TIMEOUT_MS = 2000;

/** One client's TCP connection, and the one that is made to the upstream for it. */
export class ProxiedConnection implements FaultyConnection, Numbered {
  number = 0;
  readonly #host: ProxiedConnectionHost;
  readonly #client: net.Socket;
  #upstream: net.Socket | null = null;
  /** From the client, and from the upstream. */
  #outward: Flow | null = null;
  #inward: Flow | null = null;
  /** null once its request is here. */
  #head: HeadReader | null = new HeadReader();
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
  #timer: NodeJS.Timeout | undefined;
  #openSockets = 1;

  constructor(client: net.Socket, host: ProxiedConnectionHost) {
    this.#client = client;
    this.#host = host;
    // None is taken off again, for that makes a socket's every event slower.
    client
      .on('data', (chunk: Buffer) => this.#fromClient(chunk))
      .on('end', () => this.#fromClient('end'))
      .on('error', () => this.#fromClient('break'))
      .on('drain', () => this.#inward?.balance())
      .on('close', () => this.#closed());
    this.#within(HEAD_TIMEOUT_MS, () => client.destroy());
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
    if (this.#log === null) return;
    this.#log.fault = 'close';
    this.#log.closes('server', code, reason);
    this.#isClosing = true;
    this.#inward?.cutOffWith(closeFrame(code, reason, false));
    this.#outward?.cutOffWith(closeFrame(code, reason, true));
    this.#within(CLOSE_TIMEOUT_MS, () => this.#endClosing());
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

  /** Until there is an upstream, it may ask once, and wait. */
  #fromClient(item: Item): void {
    if (this.#outward !== null) this.#outward.put(item);
    else if (this.#isEnded) return;
    else if (this.#head === null || typeof item === 'string') this.#client.destroy();
    else this.#readHead(this.#head, item);
  }

  #readHead(reader: HeadReader, chunk: Buffer): void {
    const whole = reader.read(chunk);
    if (whole === null) return;
    this.#head = null;
    clearTimeout(this.#timer);
    this.#client.pause();
    if (whole !== undefined) this.#asked(whole.head, whole.rest);
    else this.#answer({ status: 431, text: `a head has at most ${MAX_HEAD_BYTES} bytes` });
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
    this.#host.asked(this);
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
    const client = this.#client.resume();
    this.#resume = () => {
      this.#resume = null;
      client.pause();
      if (!client.destroyed) goOn();
    };
  }

  #refuse(status: number, reason: string, retryAfterSeconds: number | null = null): void {
    this.#log?.refused(reason, status);
    this.#answer({ status, text: reason, retryAfterSeconds });
  }

  #answer(answered: HttpAnswer): void {
    this.#isEnded = true;
    answer(this.#client, answered);
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
      clearTimeout(this.#timer);
      this.#host.reached();
      this.#connected(upstream, headFor(backend.upstream, head, this.#log !== null), rest);
    });
    const fail = (error: Error) => {
      clearTimeout(this.#timer);
      upstream.destroy();
      if (!this.#client.destroyed) this.#connect(head, rest, tried.add(backend), error);
    };
    this.#openSockets += 1;
    this.#upstream = upstream
      .on('data', (chunk: Buffer) => this.#inward?.put(chunk))
      .on('end', () => this.#inward?.put('end'))
      .on('error', (error) => {
        if (this.#inward === null) fail(error);
        else this.#inward.put('break');
      })
      .on('drain', () => this.#outward?.balance())
      .on('close', () => this.#closed());
    this.#within(CONNECT_TIMEOUT_MS, () =>
      fail(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })),
    );
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
    if (this.#log !== null) this.#readAlong(this.#log, this.#outward, this.#inward, head.length);
    if (this.#conditions) this.#applyConditions();
    // In one write, which costs less than two.
    this.#outward.put(rest.length > 0 ? Buffer.concat([head, rest]) : head);
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

  /** @param headBytes of the request, which leave first */
  #readAlong(log: ConnectionLog, outward: Flow, inward: Flow, headBytes: number): void {
    const fromClient = new FrameReader({
      message: (message) => {
        log.clientSaid(message);
        fromClient.reading = log.awaitsHello;
        this.#host.named(this);
        this.#host.advanced(this);
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
    outward.reader = {
      isBetweenFrames: false,
      feed: (chunk, toBoundary) => {
        outward.reader = fromClient;
        return headBytes + fromClient.feed(chunk.subarray(headBytes), toBoundary);
      },
    };
    inward.reader = new ResponseReader((status, rest) => {
      inward.reader = status === 101 ? fromServer : null;
      if (status === 101) {
        log.accepted();
        this.#host.advanced(this);
        fromServer.feed(rest);
      } else {
        outward.reader = null;
        log.refused(status === null ? 'upstream-answer-unreadable' : 'refused-by-upstream', status);
      }
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

  /** One deadline at a time. */
  #within(ms: number, passed: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(passed, ms).unref();
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
    this.#openSockets -= 1;
    if (this.#openSockets === 0) {
      this.#log?.ended('network');
      this.#dispose();
      this.#host.gone(this);
    } else if (this.#outward === null && this.#client.destroyed) {
      // It left before the upstream was there.
      this.#upstream?.destroy();
    }
  }

  #dispose(): void {
    clearTimeout(this.#timer);
    this.#resume = null;
    this.#outward?.dispose();
    this.#inward?.dispose();
  }
}
