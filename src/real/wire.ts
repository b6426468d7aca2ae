import net from 'node:net';
import tls from 'node:tls';
import type { CutHow, Latency } from '../core/world.ts';

export interface WireTarget {
  host: string;
  port: number;
  secure: boolean;
  /** The name that its certificate has to have. */
  servername: string;
  /** Certificates to trust, PEM. Default: the system's. */
  ca?: string | undefined;
  /** Source address, for more sockets than one address has ports. */
  localAddress?: string;
}

export interface WireEvents {
  connected(): void;
  data(chunk: Buffer): void;
  /** Comes once, and last; `error` is a code such as `ECONNREFUSED`. */
  closed(error: string | null): void;
}

/** Where wires are kept until they are closed. */
export interface Wires {
  open: Set<Wire>;
  /** Those of them that were cut silently. */
  silent: Set<Wire>;
}

/** What was written may take this long to leave a socket that is being ended. */
const LINGER_MS = 2000;

/**
 * A TCP connection that can be cut and delayed. Cut silently, it stays open in the kernel but
 * nothing passes it any more: closing it then would send a FIN, so it is kept until its peer gives
 * up or `dispose` is called.
 */
export class Wire {
  readonly #socket: net.Socket;
  readonly #events: WireEvents;
  readonly #random: () => number;
  readonly #wires: Wires;
  readonly #outward = new DelayLine();
  readonly #inward = new DelayLine();
  #latency: Latency | null = null;
  #frozen = false;
  /** What would have passed since it was cut silently: TCP sends it again. */
  #held: (() => void)[] = [];
  #closed = false;
  #error: string | null = null;

  constructor(target: WireTarget, random: () => number, wires: Wires, events: WireEvents) {
    const { host, port, secure, servername, ca, localAddress } = target;
    this.#random = random;
    this.#wires = wires;
    wires.open.add(this);
    this.#events = events;
    this.#socket = secure
      ? tls.connect({ host, port, ca, servername: net.isIP(servername) ? '' : servername })
      : net.connect({ host, port, localAddress, noDelay: true });
    this.#socket
      .once(secure ? 'secureConnect' : 'connect', () => this.#pass(() => this.#events.connected()))
      .on('data', (chunk: Buffer) => this.#pass(() => this.#events.data(chunk)))
      .once('error', (error: NodeJS.ErrnoException) => {
        this.#error = error.code ?? error.message;
      })
      .once('close', () => {
        this.#wires.open.delete(this);
        this.#wires.silent.delete(this);
        this.#pass(() => this.#close());
      });
  }

  get destroyed(): boolean {
    return this.#socket.destroyed || this.#frozen;
  }

  /** What has come in is held back. */
  get behind(): boolean {
    return this.#inward.busy;
  }

  /** The peer reads less than it is sent. */
  get backedUp(): boolean {
    return this.#socket.writableNeedDrain;
  }

  cork(): void {
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
  }

  /** Text is taken as Latin-1: it is an upgrade request. */
  write(chunk: Buffer | string): void {
    this.#send(() => this.#socket.write(chunk, 'latin1'));
  }

  /** Ends it without waiting for the peer, after what was written. */
  destroySoon(): void {
    this.#send(() => this.#destroy());
  }

  cut(how: CutHow): void {
    if (this.#frozen || this.#socket.destroyed) return;
    // Node can't reset what is below TLS: there a FIN does, without the close_notify that TLS asks for.
    if (how === 'fin' || (how === 'rst' && this.#socket instanceof tls.TLSSocket)) this.#destroy();
    else if (how === 'rst') this.#socket.resetAndDestroy();
    else {
      this.#frozen = true;
      this.#wires.silent.add(this);
    }
  }

  /** Lets things pass again that was cut silently; false where it was not. */
  mend(): boolean {
    if (!this.#frozen) return false;
    this.#frozen = false;
    this.#held = [];
    this.#wires.silent.delete(this);
    return true;
  }

  /** The same, and what was held up passes too: nobody has noticed. */
  thaw(): void {
    const held = this.#held;
    if (this.mend()) for (const action of held) action();
  }

  setLatency(latency: Latency | null): void {
    this.#latency = latency;
  }

  /** Frees the socket for good, FIN or not. */
  dispose(): void {
    this.#socket.destroy();
  }

  #destroy(): void {
    if (this.#socket.writableLength === 0) {
      this.#socket.destroy();
      return;
    }
    this.#socket.destroySoon();
    // A peer that reads nothing would keep it.
    setTimeout(() => this.#socket.destroy(), LINGER_MS).unref();
  }

  #send(action: () => void): void {
    if (this.#latency || this.#outward.busy) this.#later(this.#outward, action);
    else this.#run(action);
  }

  /** Hands something that came in to the page, unless the wire has been cut silently. */
  #pass(action: () => void): void {
    if (this.#latency || this.#inward.busy) this.#later(this.#inward, action);
    else this.#run(action);
  }

  #later(line: DelayLine, action: () => void): void {
    const { delayMs, jitterMs } = this.#latency ?? { delayMs: 0, jitterMs: 0 };
    line.push(delayMs + this.#random() * jitterMs, () => this.#run(action));
  }

  #run(action: () => void): void {
    if (this.#frozen) this.#held.push(action);
    else action();
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#events.closed(this.#error);
  }
}

/** Runs actions later, in the order they came. */
class DelayLine {
  readonly #queue: { atMs: number; action: () => void }[] = [];

  get busy(): boolean {
    return this.#queue.length > 0;
  }

  push(delayMs: number, action: () => void): void {
    const after = this.#queue.at(-1)?.atMs ?? 0;
    this.#queue.push({ atMs: Math.max(after, performance.now() + delayMs), action });
    if (this.#queue.length === 1) this.#schedule();
  }

  #schedule(): void {
    const [first] = this.#queue;
    if (!first) return;
    const delayMs = Math.max(0, first.atMs - performance.now());
    // What is still held back when all else is over interests nobody.
    setTimeout(() => this.#drain(), delayMs).unref();
  }

  #drain(): void {
    const now = performance.now();
    // The head stays until it has run, so that what it sends queues up behind it.
    for (let head = this.#queue[0]; head && head.atMs <= now + 0.5; head = this.#queue[0]) {
      head.action();
      this.#queue.shift();
    }
    this.#schedule();
  }
}
