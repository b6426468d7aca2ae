import { isUtf8 } from 'node:buffer';
import * as ws from 'ws';
import {
  ABNORMAL_CLOSURE,
  GOING_AWAY,
  isPageCloseCode,
  MAX_REASON_BYTES,
} from '../core/close-codes.ts';
import type { Habits } from '../core/habits.ts';
import { type SocketEnd, type SocketEvents, socketEnd } from '../core/host.ts';
import type { WireSocket } from '../core/tab.ts';
import type { CutHow, Latency } from '../core/world.ts';
import { readUpgradeResponse, type UpgradeRequest, upgradeRequest } from './upgrade.ts';
import { Wire, type Wires, type WireTarget } from './wire.ts';

/** `ws` exports its frame parser and writer, but its types leave them out. */
interface FrameReceiver {
  on(event: 'message', listener: (data: Buffer, isBinary: boolean) => void): this;
  on(event: 'ping', listener: (data: Buffer) => void): this;
  on(event: 'conclude', listener: (code: number, reason: Buffer) => void): this;
  on(event: 'error', listener: (error: Error & { code?: string }) => void): this;
  write(chunk: Buffer): boolean;
}
interface FrameSender {
  send(data: string | Uint8Array, options: Record<string, unknown>): void;
  pong(data: Buffer, mask: boolean): void;
  close(code: number | undefined, reason: string, mask: boolean): void;
}
const { Receiver, Sender } = ws as unknown as {
  Receiver: new (options: Record<string, unknown>) => FrameReceiver;
  Sender: new (wire: Wire) => FrameSender;
};

/** Of what is taken from a server: the size of a message, and into how many pieces it may be cut. */
const RECEIVER_LIMITS = { maxPayload: 1024 * 1024, maxFragments: 1024, maxBufferedChunks: 4096 };
/** How long a close frame may go unanswered before the socket is given up. */
const CLOSE_TIMEOUT_MS = 2000;
const TEXT_FRAME = { fin: true, binary: false, compress: false, mask: true };
const BINARY_FRAME = { ...TEXT_FRAME, binary: true };

export interface DialOptions extends WireTarget {
  /** Path and query string. */
  path: string;
  hostHeader: string;
  origin: string;
  /** Further header lines, each with its end. */
  moreHeaders?: string | undefined;
  subprotocols?: readonly string[];
  habits: Habits;
}

/**
 * A WebSocket client on a wire of its own: `ws`'s frames, but not its dialler, which takes a
 * `http.ClientRequest` a dial, knows no RST and no half-open connection, and costs twice as much.
 */
export class ClientSocket implements WireSocket {
  readonly #wire: Wire;
  readonly #events: SocketEvents;
  readonly #request: UpgradeRequest;
  readonly #sender: FrameSender;
  readonly #habits: Habits;
  readonly #subprotocols: readonly string[] | undefined;
  /** The upgrade is through. */
  #open = false;
  /** Made for the first frame that is not the simplest kind. */
  #receiver: FrameReceiver | null = null;
  #received: Buffer | null = null;
  #failure: Pick<SocketEnd, 'error' | 'httpStatus' | 'retryAfterMs'> | null = null;
  #closeReceived: { code: number; reason: string } | null = null;
  #closeSent = false;
  #closeTimer: NodeJS.Timeout | null = null;
  /** The page is gone, or has given the socket up. */
  #deaf = false;

  constructor(options: DialOptions, random: () => number, wires: Wires, events: SocketEvents) {
    this.#events = events;
    this.#habits = options.habits;
    this.#subprotocols = options.subprotocols;
    this.#request = upgradeRequest(
      options.path,
      options.hostHeader,
      options.origin,
      options.moreHeaders,
    );
    this.#wire = new Wire(options, random, wires, {
      connected: () => this.#wire.write(this.#request.text),
      data: (chunk) => this.#data(chunk),
      closed: (error) => this.#closed(error),
    });
    this.#sender = new Sender(this.#wire);
  }

  get behind(): boolean {
    return this.#wire.behind;
  }

  send(message: string | Uint8Array): void {
    if (!this.#open || this.#closeSent) return;
    this.#sender.send(message, typeof message === 'string' ? TEXT_FRAME : BINARY_FRAME);
  }

  /**
   * As in a page: what may not be sent is thrown before anything else, whatever the socket's state,
   * and one that is still connecting fails.
   *
   * @throws DOMException `InvalidAccessError` for the code, `SyntaxError` for the reason.
   */
  close(code: number, reason: string): void {
    requirePageClose(code, reason);
    if (this.#deaf || this.#closeSent || this.#failure !== null) return;
    if (!this.#open) {
      this.#fail('closed before it opened');
      // Whatever the wire does, and not from within this call.
      this.#closeTimer = setTimeout(() => this.#closed(null), 0);
      return;
    }
    this.#sendClose(code, reason);
    // Also where a cut wire lets neither frame nor FIN through, the page sees its socket closed.
    this.#closeTimer = setTimeout(() => this.#giveUpClosing(), CLOSE_TIMEOUT_MS);
  }

  leave(reason = ''): void {
    this.#deaf = true;
    if (!this.#open) {
      this.#wire.destroySoon();
    } else if (!this.#closeSent) {
      this.#sendLastClose(GOING_AWAY, reason);
    }
  }

  abandon(): void {
    this.#deaf = true;
    this.#stopCloseTimer();
    if (this.#open && !this.#closeSent && this.#habits.closesWhatItGivesUp) this.#sendLastClose();
    else this.#wire.destroySoon();
  }

  mend(): void {
    if (this.#wire.mend() && this.#deaf && this.#open) this.#sendLastClose();
  }

  thaw(): void {
    this.#wire.thaw();
  }

  cut(how: CutHow): void {
    this.#wire.cut(how);
  }

  setLatency(latency: Latency | null): void {
    this.#wire.setLatency(latency);
  }

  #data(chunk: Buffer): void {
    if (this.#open) {
      this.#frames(chunk);
    } else if (this.#failure === null) {
      this.#upgrade(this.#received === null ? chunk : Buffer.concat([this.#received, chunk]));
    }
  }

  /** A welcome is most often one whole short frame, and a parser for it costs more than it does. */
  #frames(chunk: Buffer): void {
    if (!this.#deaf && this.#habits.hearsAll) this.#events.heard();
    const text = this.#receiver === null ? wholeTextFrame(chunk) : null;
    if (text === null) {
      this.#receiver ??= this.#createReceiver();
      this.#receiver.write(chunk);
    } else {
      this.#message(() => this.#events.received(text));
    }
  }

  #message(tell: () => void): void {
    if (this.#deaf) return;
    if (!this.#habits.hearsAll) this.#events.heard();
    tell();
  }

  #upgrade(received: Buffer): void {
    const response = readUpgradeResponse(received, this.#request.accept, this.#subprotocols);
    if (response.kind === 'partial') {
      this.#received = received;
    } else if (response.kind === 'refused') {
      this.#failure = response;
      this.#wire.destroySoon();
    } else {
      this.#received = null;
      this.#open = true;
      if (this.#deaf) return;
      this.#events.opened();
      if (response.rest.length > 0) this.#data(response.rest);
    }
  }

  #createReceiver(): FrameReceiver {
    return new Receiver(RECEIVER_LIMITS)
      .on('message', (data, isBinary) => {
        if (!isBinary) this.#message(() => this.#events.received(data.toString()));
        else if (this.#events.receivedBytes) {
          this.#message(() => this.#events.receivedBytes?.(data));
        }
      })
      .on('ping', (data) => {
        // One who does not read is not owed a pong for each (RFC 6455, 5.5.3).
        if (!this.#closeSent && !this.#wire.backedUp) this.#sender.pong(data, true);
      })
      .on('conclude', (code, reason) => this.#concluded(code, reason.toString()))
      .on('error', (error) => this.#fail(error.code ?? error.message));
  }

  /** The peer's close frame came: answer it, and let the peer end the TCP connection (§7.1.1). */
  #concluded(code: number, reason: string): void {
    this.#closeReceived = { code, reason };
    // RFC 6455, 5.5.1, has the code echoed; Chromium and Firefox echo the reason as well.
    if (!this.#closeSent) this.#sendClose(code === 1005 ? undefined : code, reason);
    this.#stopCloseTimer();
    this.#closeTimer = setTimeout(() => this.#wire.destroySoon(), CLOSE_TIMEOUT_MS);
  }

  /** Nobody waits for its answer. */
  #sendLastClose(code?: number, reason = ''): void {
    this.#sendClose(code, reason);
    this.#stopCloseTimer();
    this.#closeTimer = setTimeout(() => this.#wire.destroySoon(), CLOSE_TIMEOUT_MS);
  }

  #sendClose(code: number | undefined, reason: string): void {
    this.#closeSent = true;
    this.#sender.close(code, reason, true);
  }

  #giveUpClosing(): void {
    this.#wire.destroySoon();
    this.#closed(null);
  }

  #fail(error: string): void {
    this.#failure ??= { error, httpStatus: null, retryAfterMs: null };
    this.#wire.destroySoon();
  }

  #closed(wireError: string | null): void {
    this.#stopCloseTimer();
    if (this.#deaf) return;
    this.#deaf = true;
    const { code, reason } = this.#closeReceived ?? { code: ABNORMAL_CLOSURE, reason: '' };
    const seen: Partial<SocketEnd> = {
      reason,
      wasClean: this.#closeReceived !== null,
      error: wireError,
      ...this.#failure,
      ...(!this.#habits.hearsAll && { retryAfterMs: null }),
      // A WebSocket that opened has no error of its own, only a close code.
      ...(this.#open && this.#closeReceived && { error: null }),
    };
    this.#events.ended(socketEnd(code, seen));
  }

  #stopCloseTimer(): void {
    if (this.#closeTimer) clearTimeout(this.#closeTimer);
    this.#closeTimer = null;
  }
}

function requirePageClose(code: number, reason: string): void {
  if (!isPageCloseCode(code)) {
    const message = `a page may close with 1000 or 3000 to 4999, not with ${code}`;
    throw new DOMException(message, 'InvalidAccessError');
  }
  const bytes = Buffer.byteLength(reason);
  if (bytes > MAX_REASON_BYTES) {
    const message = `a close reason has at most ${MAX_REASON_BYTES} bytes of UTF-8, not ${bytes}`;
    throw new DOMException(message, 'SyntaxError');
  }
}

/** The text of a chunk that is exactly one unfragmented, unmasked text frame below 64 KiB, or null. */
function wholeTextFrame(chunk: Buffer): string | null {
  if (chunk.length < 4 || chunk[0] !== 0x81) return null;
  const short = chunk.readUInt8(1);
  const start = short < 126 ? 2 : 4;
  const length = short < 126 ? short : short === 126 ? chunk.readUInt16BE(2) : -1;
  if (start + length !== chunk.length) return null;
  const payload = chunk.subarray(start);
  return isUtf8(payload) ? payload.toString() : null;
}
