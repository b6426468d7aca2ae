import { Client } from '../core/client.ts';
import { NORMAL_CLOSURE } from '../core/close-codes.ts';
import type { ClientHost } from '../core/host.ts';
import type { ClientEvents } from '../core/records.ts';
import { Sequence } from '../core/sequence.ts';
import {
  type BackoffSettings,
  type ClientSettings,
  DEFAULT_CLIENT_SETTINGS,
} from '../core/settings.ts';
import { SessionClaims } from './claims.ts';
import { LogPost } from './log-post.ts';
import { activated, dialUrl, listen, navigationOf, onPageEvents, storageOf } from './page-host.ts';
import { PageSocket } from './page-socket.ts';
import { type PageWindow, randomUUID } from './page-window.ts';

export type { BackoffSettings, ClientEvents };

/** A line of the client's log, as docs/logs.md has them. */
export type ClientLogLine = {
  [E in keyof ClientEvents]: { time: string; event: E } & ClientEvents[E];
}[keyof ClientEvents];

export interface ConnectOptions extends Partial<Omit<ClientSettings, 'backoff'>> {
  /** Default: full jitter, from 250 ms up to 10 s. */
  backoff?: Partial<BackoffSettings>;
  /** Subprotocols, as `new WebSocket` takes them. */
  protocols?: string | string[];
  /** Of binary messages. Default: `blob`, as a WebSocket has it. */
  binaryType?: BinaryType;
  /** Gets each line of the client's log; or the address that they are posted to, as NDJSON and in batches. */
  log?: ((line: ClientLogLine) => void) | string | URL;
}

export interface PageConnectionEvents {
  /** The server's welcome came: from now on messages can be sent. */
  open: Event;
  /** Each message but the handshake's and the server's pings. */
  message: MessageEvent;
  /** A connection that was open has ended. Unless that was `close()`, or `giveup` follows, the next is on its way. */
  close: CloseEvent;
  /** A connection, or an attempt, ended with a code of `stopOn`: there is no next. */
  giveup: Event;
}

/** One connection after another of one session, until `close()`. */
export interface PageConnection extends EventTarget {
  /** null until the session is known, a moment after `connect`. */
  readonly sessionId: string | null;
  /** The number of the connection or attempt under way; null where there is none. */
  readonly connectionSequence: number | null;
  /** The server's name for the connection; null while there is none. */
  readonly clientId: string | null;
  /** Messages can be sent. */
  readonly connected: boolean;
  /** As `WebSocket.bufferedAmount`, of the last connection. */
  readonly bufferedAmount: number;
  /**
   * Sends a message. Nothing is queued: whether a message still makes sense on the next connection, only the
   * application knows.
   *
   * @throws DOMException `InvalidStateError` while not connected.
   */
  send(data: Parameters<WebSocket['send']>[0]): void;
  /**
   * Ends it for good. One that has not dialled yet never does, and spends no number.
   *
   * @param code 1000, which is the default, or 3000 to 4999
   * @throws DOMException as `WebSocket.close` does for other codes, and for a reason of more than 123 bytes; nothing
   * has changed then.
   */
  close(code?: number, reason?: string): void;
  addEventListener<K extends keyof PageConnectionEvents>(
    type: K,
    listener: (event: PageConnectionEvents[K]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<K extends keyof PageConnectionEvents>(
    type: K,
    listener: (event: PageConnectionEvents[K]) => void,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | EventListenerOptions,
  ): void;
}

/** `connect`, of that page. */
export const connectIn = (
  page: PageWindow,
  url: string | URL,
  options: ConnectOptions,
): PageConnection => new KeptConnection(page, dialUrl(page, url), options);

class KeptConnection extends EventTarget implements PageConnection {
  readonly #page: PageWindow;
  readonly #client: Client;
  readonly #claims: SessionClaims;
  readonly #closing = new AbortController();
  #socket: PageSocket | null = null;

  constructor(page: PageWindow, url: string, options: ConnectOptions) {
    super();
    const { backoff, protocols = [], binaryType = 'blob', log, ...settings } = options;
    this.#page = page;
    const claims = new SessionClaims(page);
    this.#claims = claims;
    const write = writeLineOf(page, log);
    const clientHost: ClientHost = {
      storage: storageOf(page),
      randomUUID: () => randomUUID(page),
      isInOtherFrame: claims.isInOtherFrame,
      claimSession: (id, decided, isNew) => claims.claim(id, isNew, decided),
      now: () => page.performance.now(),
      setTimer: (delayMs, fire) => page.setTimeout(fire, delayMs),
      clearTimer: (timer) => page.clearTimeout(timer as number),
      random: () => Math.random(),
      log: (event, fields) => {
        write?.({ time: new Date().toISOString(), event, ...fields } as ClientLogLine);
        this.#logged(event, fields as EndFields);
      },
      dial: ({ query }, events) => {
        this.#socket = new PageSocket(page, dialUrl(page, url, query), protocols, binaryType, {
          ...events,
          received: (data) => {
            // Until the welcome nothing else may come, and no bytes are one.
            const isText = typeof data === 'string' || this.clientId === null;
            if (isText) events.received(String(data));
            else this.#receive(data);
          },
        });
        return this.#socket;
      },
      received: (text) => this.#receive(text),
    };
    this.#client = new Client(
      clientHost,
      {
        ...DEFAULT_CLIENT_SETTINGS,
        ...settings,
        backoff: { ...DEFAULT_CLIENT_SETTINGS.backoff, ...backoff },
      },
      new Sequence(clientHost.storage, clientHost.randomUUID, claims.isInOtherFrame),
    );
    // Who closes it in the same breath, as React's StrictMode does, has spent no number.
    activated(page).then(() => this.#load());
  }

  get sessionId(): string | null {
    return this.#client.sessionId;
  }

  get connectionSequence(): number | null {
    return this.#client.connectionSequence;
  }

  get clientId(): string | null {
    return this.#client.clientId;
  }

  get connected(): boolean {
    return this.clientId !== null && this.#socket?.isOpen === true;
  }

  get bufferedAmount(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  send(data: Parameters<PageConnection['send']>[0]): void {
    if (!this.connected) {
      throw new DOMException('not connected: wait for "open"', 'InvalidStateError');
    }
    this.#socket?.send(data);
  }

  close(code: number = NORMAL_CLOSURE, reason: string = ''): void {
    // First, for it throws where it may not be sent.
    this.#socket?.close(code, reason);
    this.#closing.abort();
    this.#client.end(code, reason);
    this.#claims.releaseAll();
  }

  #load(): void {
    const { signal } = this.#closing;
    if (signal.aborted) return;
    const page = this.#page;
    const client = this.#client;
    const events = {
      hidden: (reason: 'bfcache' | 'pagehide') => {
        client.unload(reason);
        this.#claims.releaseAll();
      },
      shown: () => {
        this.#awake();
        client.show();
      },
    };
    onPageEvents(page, events, signal);
    listen(page, 'offline', () => client.goOffline(), signal);
    listen(page, 'online', () => client.goOnline(), signal);
    // Chromium freezes pages in the background: their timers are late, and their messages later.
    listen(page.document, 'resume', () => this.#awake(), signal);
    client.load(navigationOf(page));
  }

  /** What it was not told of in its sleep. */
  #awake(): void {
    this.#socket?.woken();
    if (this.#page.navigator.onLine) this.#client.goOnline();
  }

  #receive(data: unknown): void {
    this.dispatchEvent(new MessageEvent('message', { data }));
  }

  /** The log has all that an application wants to know of its connections. */
  #logged(event: keyof ClientEvents, fields: EndFields): void {
    const { close_code: code = NORMAL_CLOSURE, was_clean: wasClean = true, client_id } = fields;
    if (event === 'connection_opened') {
      this.#tell(new Event('open'));
    } else if (fields.reason === 'gave-up') {
      this.#tell(new Event('giveup'));
    } else if (event === 'connection_closed' || (event === 'document_unloaded' && client_id)) {
      const reason = fields.close_reason ?? fields.reason;
      this.#tell(new CloseEvent('close', { code, reason, wasClean }));
    }
  }

  /** Behind what the client has in hand, and before the next message. */
  #tell(event: Event): void {
    queueMicrotask(() => this.dispatchEvent(event));
  }
}

/** What lines tell of a connection's end. */
interface EndFields {
  client_id?: string | null;
  close_code?: number;
  close_reason?: string;
  was_clean?: boolean;
  /** Why the page went. */
  reason?: string;
}

type WriteLine = (line: ClientLogLine) => void;

function writeLineOf(page: PageWindow, log: ConnectOptions['log']): WriteLine | undefined {
  if (log === undefined) return undefined;
  // Later, for the application's mistakes are none of the client's.
  if (typeof log === 'function') return (line) => queueMicrotask(() => log(line));
  let post: LogPost | undefined;
  return (line) => {
    // Made with the first line, so that it hears of the page's end behind the client, whose line is the last.
    post ??= new LogPost(page, String(log));
    post.write(line);
  };
}
