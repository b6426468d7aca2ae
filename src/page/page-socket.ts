import { ABNORMAL_CLOSURE } from '../core/close-codes.ts';
import { type Socket, type SocketEvents, socketEnd } from '../core/host.ts';
import type { PageWindow } from './page-window.ts';

/** As the client's, with messages that are no text. */
interface PageSocketEvents extends Omit<SocketEvents, 'received'> {
  received(data: string | ArrayBuffer | Blob): void;
}

/** A page's WebSocket, as the client wants it: a page sees neither HTTP status, nor Retry-After, nor pings. */
export class PageSocket implements Socket {
  readonly #socket: WebSocket | null;
  #hasOpened = false;
  #events: PageSocketEvents | null;

  constructor(
    page: PageWindow,
    url: string,
    protocols: string | string[],
    binaryType: BinaryType,
    events: PageSocketEvents,
  ) {
    this.#events = events;
    this.#socket = this.#dial(page, url, protocols);
    if (this.#socket) this.#socket.binaryType = binaryType;
  }

  get isOpen(): boolean {
    return this.#socket?.readyState === 1;
  }

  send(data: Parameters<WebSocket['send']>[0]): void {
    this.#socket?.send(data);
  }

  get bufferedAmount(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  close(code: number, reason: string): void {
    this.#socket?.close(code, reason);
  }

  /** The browser closes it, with 1001. */
  leave(): void {
    this.#events = null;
  }

  abandon(): void {
    this.#events = null;
    this.#socket?.close();
  }

  /** The page was asleep, and could hear nothing: whoever is there may speak first. */
  woken(): void {
    this.#events?.heard();
  }

  #dial(page: PageWindow, url: string, protocols: string | string[]): WebSocket | null {
    let socket: WebSocket;
    try {
      socket = new page.WebSocket(url, protocols);
    } catch (error) {
      // An insecure address on a secure page, say. Never told from within this call.
      page.setTimeout(() => this.#ended(ABNORMAL_CLOSURE, '', false, String(error)), 0);
      return null;
    }
    socket.onopen = () => {
      this.#hasOpened = true;
      this.#events?.heard();
      this.#events?.opened();
    };
    socket.onmessage = ({ data }) => {
      this.#events?.heard();
      this.#events?.received(data);
    };
    socket.onclose = ({ code, reason, wasClean }) => this.#ended(code, reason, wasClean, null);
    return socket;
  }

  #ended(code: number, reason: string, wasClean: boolean, error: string | null): void {
    const events = this.#events;
    this.#events = null;
    events?.ended(
      socketEnd(code, {
        reason,
        wasClean,
        error: error ?? (this.#hasOpened ? null : 'failed to connect'),
      }),
    );
  }
}
