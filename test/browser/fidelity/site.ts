import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import type { PageSettings } from './settings.ts';

/** A line that a page has told. */
export interface PageLine {
  document: string;
  /** From 1 in each document. */
  line: number;
  time: number;
  event: string;
  [field: string]: unknown;
}

/** Serves the story's pages, and hears what they tell. */
export class Site {
  readonly #server: http.Server;
  readonly #script: string;
  readonly #listeners = new Map<string, (line: PageLine) => void>();
  /** Lines may come twice: by `fetch`, and with the page's last breath. */
  readonly #known = new Set<string>();

  static async start(): Promise<Site> {
    const { outputFiles } = await build({
      entryPoints: [`${import.meta.dirname}/page/page.ts`],
      bundle: true,
      format: 'iife',
      target: 'es2022',
      write: false,
    });
    const site = new Site(outputFiles[0]?.text ?? '');
    await new Promise<void>((resolve) => site.#server.listen(0, '127.0.0.1', resolve));
    return site;
  }

  private constructor(script: string) {
    this.#script = script;
    this.#server = http.createServer((request, response) => this.#answer(request, response));
  }

  /** `page`: one with a client. `frames`: one with two of these in iframes, and none itself. */
  address(kind: 'page' | 'frames', settings: PageSettings, host = '127.0.0.1'): string {
    const query = new URLSearchParams({ settings: JSON.stringify(settings) });
    return `http://${host}:${this.port}/${kind}?${query}`;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** `told` hears each line of a row once. */
  listen(row: string, told: (line: PageLine) => void): void {
    this.#listeners.set(row, told);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://site');
    if (url.pathname === '/log') {
      this.#hear(request, response, url.searchParams.get('row') ?? '');
    } else if (url.pathname === '/page.js') {
      response.setHeader('Content-Type', 'text/javascript').end(this.#script);
    } else if (url.pathname === '/page') {
      html(response, '<script src="/page.js"></script>');
    } else if (url.pathname === '/frames') {
      const source = `/page${url.search}`.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
      html(response, `<iframe src="${source}"></iframe>`.repeat(2));
    } else if (url.pathname === '/blank') {
      html(response, 'nothing here');
    } else {
      response.writeHead(404).end();
    }
  }

  #hear(request: http.IncomingMessage, response: http.ServerResponse, row: string): void {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      for (const line of JSON.parse(text) as PageLine[]) this.#tell(row, line);
      response.writeHead(204).end();
    });
  }

  #tell(row: string, line: PageLine): void {
    const key = `${line.document} ${line.line}`;
    if (this.#known.has(key)) return;
    this.#known.add(key);
    this.#listeners.get(row)?.(line);
  }
}

function html(response: http.ServerResponse, body: string): void {
  // An icon that is asked for in vain is no part of the story.
  const icon = '<link rel="icon" href="data:,">';
  response
    .setHeader('Content-Type', 'text/html')
    .end(`<!doctype html><title>story</title>${icon}<body>${body}`);
}
