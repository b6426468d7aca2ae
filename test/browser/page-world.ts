import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { DEFAULT_SERVER_SETTINGS } from '../../src/core/settings.ts';
import { openLog } from '../../src/real/logs.ts';
import { ReferenceServer } from '../../src/real/server.ts';

const ROOT = path.join(import.meta.dirname, '../..');
/** A name that is not the machine's own, so that its pages are of plain http: no locks, no UUIDs. */
export const PLAIN_HOST = 'plain.test';

const PAGES: Record<string, string> = {
  '/empty': '<!doctype html>',
  '/sequence': `<!doctype html><script type="module">
  import { ConnectionSequence } from '/dist/sequence.js';
  window.ConnectionSequence = ConnectionSequence;
</script>`,
};

/** Lines of a client's log, as they come in. */
export interface LogLine {
  event: string;
  session_id: string;
  [field: string]: unknown;
}

/** A server of pages, which takes their log, and the reference server behind wires that can be cut. */
export class PageWorld {
  readonly directory = fs.mkdtempSync(path.join(os.tmpdir(), 'wsdiag-pages-'));
  readonly lines: LogLine[] = [];
  readonly #pages: http.Server;
  readonly #proxy: net.Server;
  readonly #wires = new Set<net.Socket>();
  readonly #waiting = new Set<() => void>();
  #server: ReferenceServer | null = null;
  #serverPort = 0;

  private constructor() {
    this.#pages = http.createServer((request, response) => this.#serve(request, response));
    this.#proxy = net.createServer((wire) => this.#pass(wire));
  }

  static async start(): Promise<PageWorld> {
    const world = new PageWorld();
    for (const server of [world.#pages, world.#proxy]) {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    }
    await world.#startServer();
    return world;
  }

  get origin(): string {
    return `http://127.0.0.1:${portOf(this.#pages)}`;
  }

  get plainOrigin(): string {
    return `http://${PLAIN_HOST}:${portOf(this.#pages)}`;
  }

  /** Where pages dial. */
  get url(): string {
    return `ws://127.0.0.1:${portOf(this.#proxy)}/`;
  }

  /** Cuts all wires that there are. */
  drop(): void {
    for (const wire of this.#wires) wire.destroy();
  }

  /** Resolves once the log, as far as it has come, is as wanted. */
  async until(isSo: (lines: LogLine[]) => boolean): Promise<void> {
    while (!isSo(this.lines)) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  of(event: string, session?: string): LogLine[] {
    return this.lines.filter(
      (line) => line.event === event && (session === undefined || line.session_id === session),
    );
  }

  /** Ends the server, and has both logs checked. */
  async check(): Promise<{ code: number | null; output: string }> {
    await this.#server?.stop();
    this.#server = null;
    const client = path.join(this.directory, 'client.ndjson');
    fs.writeFileSync(client, this.lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const server = path.join(this.directory, 'server.ndjson');
    const bin = path.join(ROOT, 'bin/wsdiag.js');
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [bin, 'check', server, '--client', client],
      { encoding: 'utf8' },
    );
    return { code: status, output: stdout + stderr };
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
    this.drop();
    this.#pages.closeAllConnections();
    this.#pages.close();
    this.#proxy.close();
    fs.rmSync(this.directory, { recursive: true, force: true });
  }

  async #startServer(): Promise<void> {
    const log = openLog<'server'>(path.join(this.directory, 'server.ndjson'), {
      onError: (error) => {
        throw error;
      },
    });
    this.#server = new ReferenceServer(
      {
        host: '127.0.0.1',
        port: 0,
        settings: { ...DEFAULT_SERVER_SETTINGS, pingMessageMs: 1000 },
        secret: 'secret',
        allowedOrigins: [this.origin, this.plainOrigin, 'null'],
      },
      log,
    );
    this.#serverPort = (await this.#server.start()).port;
  }

  #pass(wire: net.Socket): void {
    const onward = net.connect(this.#serverPort, '127.0.0.1');
    for (const [end, other] of [
      [wire, onward],
      [onward, wire],
    ] as const) {
      this.#wires.add(end);
      end.on('error', () => {});
      end.on('close', () => {
        this.#wires.delete(end);
        other.destroy();
      });
      end.pipe(other);
    }
  }

  #serve(request: http.IncomingMessage, response: http.ServerResponse): void {
    const { pathname } = new URL(request.url ?? '/', 'http://page');
    // A sandboxed frame is of no origin.
    response.setHeader('Access-Control-Allow-Origin', '*');
    if (request.method === 'POST') {
      this.#take(request, response);
    } else if (/^\/dist\/(client|sequence)\.js$/.test(pathname)) {
      response.setHeader('Content-Type', 'text/javascript');
      response.end(fs.readFileSync(path.join(ROOT, pathname)));
    } else if (pathname === '/examples/page/') {
      response.setHeader('Content-Type', 'text/html');
      response.end(fs.readFileSync(path.join(ROOT, pathname, 'index.html')));
    } else {
      response.setHeader('Content-Type', 'text/html');
      response.end(PAGES[pathname] ?? this.#page());
    }
  }

  #take(request: http.IncomingMessage, response: http.ServerResponse): void {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (text) => {
      body += text;
    });
    request.on('end', () => {
      const lines = body.split('\n').filter((line) => line !== '');
      this.lines.push(...lines.map((line) => JSON.parse(line) as LogLine));
      response.end();
      for (const wake of this.#waiting) wake();
      this.#waiting.clear();
    });
  }

  #page(): string {
    const options = { log: '/log', backoff: { policy: 'fixed', baseMs: 20 } };
    return `<!doctype html><title>page</title>
<script type="module">
  import { connect } from '/dist/client.js';
  window.messages = [];
  window.begin = () => {
    const connection = connect(${JSON.stringify(this.url)}, ${JSON.stringify(options)});
    connection.addEventListener('message', ({ data }) => messages.push(data));
    return connection;
  };
  window.connection = begin();
</script>`;
  }
}

const portOf = (server: net.Server): number => (server.address() as AddressInfo).port;
