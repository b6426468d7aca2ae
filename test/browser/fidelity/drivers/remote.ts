import { WebSocket } from 'ws';
import type { DriverNetwork } from './driver.ts';

/** A message of CDP or of WebDriver BiDi: both number their commands. */
interface Message {
  id?: number;
  method?: string;
  params?: Record<string, unknown>;
  sessionId?: string;
  result?: unknown;
  /** CDP has an object here, BiDi a code beside `message`. */
  error?: { message: string } | string;
  message?: string;
}

export interface RemoteEvent {
  method: string;
  // biome-ignore lint/suspicious/noExplicitAny: the protocols' events are read where they are awaited.
  params: any;
  sessionId?: string;
}

interface Waiting {
  matches(event: RemoteEvent): boolean;
  found(event: RemoteEvent): void;
}

const ANSWER_MS = 60_000;

/** Commands and events over one WebSocket, as CDP and WebDriver BiDi have them. */
export class Remote {
  readonly #socket: WebSocket;
  #lastId = 0;
  readonly #pending = new Map<
    number,
    { resolve(result: unknown): void; reject(error: Error): void }
  >();
  #waiting: Waiting[] = [];

  static async connect(url: string, network?: DriverNetwork): Promise<Remote> {
    const { host, port, pathname } = new URL(url);
    const way = network ? `ws+unix:${await network.letIn(Number(port))}:${pathname}` : url;
    const socket = new WebSocket(way, { perMessageDeflate: false, headers: { Host: host } });
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return new Remote(socket);
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => this.#received(JSON.parse(data.toString())));
    socket.on('error', () => {});
    socket.on('close', () => this.#fail());
  }

  /** The result of a command. @throws what the browser answers, or that it doesn't. */
  send<T>(method: string, params: object = {}, sessionId?: string): Promise<T> {
    const id = ++this.#lastId;
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
    });
    this.#socket.send(JSON.stringify({ id, method, params, sessionId }));
    return inTime(answer as Promise<T>, `no answer to ${method}`);
  }

  /** The next event of that name that `matches`; ask before what causes it. */
  next(
    method: string,
    matches: (event: RemoteEvent) => boolean = () => true,
  ): Promise<RemoteEvent> {
    const event = new Promise<RemoteEvent>((found) => {
      this.#waiting.push({
        matches: (event) => event.method === method && matches(event),
        found,
      });
    });
    return inTime(event, `no ${method}`);
  }

  close(): void {
    this.#socket.close();
  }

  #received(message: Message): void {
    if (message.id !== undefined) {
      this.#answered(message, message.id);
      return;
    }
    const event = message as RemoteEvent;
    const woken = this.#waiting.filter(({ matches }) => matches(event));
    this.#waiting = this.#waiting.filter((waiter) => !woken.includes(waiter));
    for (const { found } of woken) found(event);
  }

  #answered({ error, message, result }: Message, id: number): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (error === undefined) pending?.resolve(result);
    else
      pending?.reject(
        new Error(typeof error === 'string' ? `${error}: ${message}` : error.message),
      );
  }

  #fail(): void {
    for (const { reject } of this.#pending.values()) reject(new Error('the browser is gone'));
    this.#pending.clear();
  }
}

/** @throws where it takes too long. */
export function inTime<T>(result: Promise<T>, message: string, ms = ANSWER_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${message} in ${ms} ms`)), ms);
  });
  const either = Promise.race([result, deadline]).finally(() => clearTimeout(timer));
  // Whoever asked may have failed meanwhile, and wait no longer.
  either.catch(() => {});
  return either;
}
