import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { isId } from '../core/handshake.ts';
import { isLoopback, nameOfHost } from './host-name.ts';

/** What the buttons of the page ask the server to do. */
export const PAGE_ACTIONS = ['drop', 'close', 'refuse', 'stall'] as const;
export type PageAction = (typeof PAGE_ACTIONS)[number];

export interface PageServerOptions {
  host: string;
  /** 0 for any free one. */
  port: number;
  /** Where the page's client connects. */
  webSocketUrl: string;
  act(action: PageAction, sessionId: string): void;
  /** A line of a page's log. */
  logged(line: Record<string, unknown>): void;
}

/** Files of the page, which the build makes. This file lies equally deep in `src` and in `dist`. */
const file = (name: string) => fs.readFileSync(new URL(`../../dist/try/${name}`, import.meta.url));

/** As much as a browser lets a page leave behind at once. */
const MAX_BODY_BYTES = 64 * 1024;
/** Lines that a page which comes late is still told of. */
const MAX_KEPT_LINES = 1000;

/**
 * Serves the page on which a person tries what can happen to a page, with the server's log as it is written. For
 * loopback alone: what it answers to can drop connections.
 */
export class PageServer {
  readonly #options: PageServerOptions;
  readonly #http: http.Server;
  readonly #listeners = new Set<http.ServerResponse>();
  readonly #lines: string[] = [];

  constructor(options: PageServerOptions) {
    this.#options = options;
    this.#http = http.createServer((request, response) => this.#answer(request, response));
  }

  /** Rejects with the system's error where the address can't be had. */
  async start(): Promise<{ url: string }> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#http.once('error', reject).listen({ host, port }, resolve);
    });
    const address = this.#http.address() as AddressInfo;
    const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
    return { url: `http://${name}:${address.port}/` };
  }

  /** Shows a line of a log on the pages. */
  tell(log: 'client' | 'server', line: object): void {
    const text = JSON.stringify({ log, ...line });
    this.#lines.push(text);
    if (this.#lines.length > MAX_KEPT_LINES) this.#lines.shift();
    for (const response of this.#listeners) response.write(`data: ${text}\n\n`);
  }

  stop(): void {
    this.#http.close();
    this.#http.closeAllConnections();
  }

  #answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    const name = nameOfHost(request.headers.host);
    // A page of a foreign site can make a browser send any Host's name here (DNS rebinding).
    if (name === null || !isLoopback(name)) {
      refuse(response, 403, 'this page is for loopback addresses alone');
      return;
    }
    const { pathname } = new URL(request.url ?? '/', 'http://page');
    const asked = `${request.method} ${pathname}`;
    if (asked === 'GET /') this.#sendPage(response);
    else if (asked === 'GET /page.js') send(response, 'text/javascript', file('main.js'));
    else if (asked === 'GET /log') this.#sendLog(response);
    else if (asked === 'GET /favicon.ico') response.writeHead(204).end();
    else if (asked === 'GET /away') send(response, 'text/html; charset=utf-8', AWAY);
    else if (asked === 'POST /act') this.#read(request, response, (body) => this.#act(body));
    else if (asked === 'POST /client-log') {
      this.#read(request, response, (body) => this.#takeLines(body));
    } else refuse(response, 404, 'there is no such page');
  }

  #sendPage(response: http.ServerResponse): void {
    const { webSocketUrl } = this.#options;
    const html = file('index.html').toString().replaceAll('{{url}}', webSocketUrl);
    response.setHeader(
      'Content-Security-Policy',
      `default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; frame-src 'self'; img-src data:; connect-src 'self' ${webSocketUrl}`,
    );
    send(response, 'text/html; charset=utf-8', html);
  }

  #sendLog(response: http.ServerResponse): void {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    for (const line of this.#lines) response.write(`data: ${line}\n\n`);
    this.#listeners.add(response);
    response.once('close', () => this.#listeners.delete(response));
  }

  /** @param take gives what is wrong with the body, or undefined */
  #read(
    request: http.IncomingMessage,
    response: http.ServerResponse,
    take: (body: string) => string | undefined,
  ): void {
    const { origin, host } = request.headers;
    if (origin !== `http://${host}`) {
      refuse(response, 403, 'only this page may ask for that');
      return;
    }
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
      if (body.length > MAX_BODY_BYTES) request.destroy();
    });
    request.once('end', () => {
      const problem = take(body);
      if (problem === undefined) response.writeHead(204).end();
      else refuse(response, 400, problem);
    });
  }

  #act(body: string): string | undefined {
    const { action, session_id: sessionId } = parseObject(body) ?? {};
    if (!PAGE_ACTIONS.includes(action as PageAction)) {
      return `"action" must be one of ${PAGE_ACTIONS.join(', ')}`;
    }
    if (!isId(sessionId)) return '"session_id" must be an id';
    this.#options.act(action as PageAction, sessionId);
    return undefined;
  }

  #takeLines(body: string): string | undefined {
    const lines = body.split('\n').filter((line) => line !== '');
    for (const text of lines) {
      const line = parseObject(text);
      if (typeof line?.event !== 'string') return 'each line must be a JSON object with an "event"';
      this.#options.logged(line);
      this.tell('client', line);
    }
    return undefined;
  }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Where the page was left for: the browser may keep it in its back/forward cache. */
const AWAY = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Away</title>
<p>You left the page. <a href="/" onclick="history.back(); return false">Go back</a></p>
</html>
`;

function send(response: http.ServerResponse, type: string, body: Buffer | string): void {
  response.writeHead(200, {
    'Content-Type': type,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(body);
}

function refuse(response: http.ServerResponse, status: number, problem: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain', Connection: 'close' });
  response.end(`${problem}\n`);
}
