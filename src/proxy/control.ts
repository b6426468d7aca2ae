import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { isLoopback, nameOfHost } from '../real/host-name.ts';
import { BadFault } from './fault-rules.ts';
import { isProxyFaultName, PROXY_FAULTS } from './faults/index.ts';
import type { WebSocketProxy } from './proxy.ts';

/** Where the control listens: what it answers to can drop connections. */
export const CONTROL_HOST = '127.0.0.1';

const MAX_BODY_BYTES = 64 * 1024;

/** What is answered in place of a result. */
class RefusedRequest extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The proxy's functions over HTTP, as docs/proxy.md has them, for who is on this machine. */
export class ProxyControl {
  readonly #proxy: WebSocketProxy;
  readonly #http: http.Server;

  constructor(proxy: WebSocketProxy) {
    this.#proxy = proxy;
    this.#http = http.createServer(async (request, response) => {
      const { status, body } = await this.#answer(request).catch(refusalOf);
      response.writeHead(status, {
        'Content-Type': 'application/json',
        'Cache-Control': 'no-store',
        'X-Content-Type-Options': 'nosniff',
        // What is left of a body that is too long is not read.
        ...(status === 413 && { Connection: 'close' }),
      });
      response.end(`${JSON.stringify(body)}\n`);
    });
  }

  /**
   * Rejects with the system's error where the address can't be had.
   *
   * @param port 0 for any free one
   */
  async start(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#http.once('error', reject).listen({ host: CONTROL_HOST, port }, resolve);
    });
  }

  get url(): string {
    return `http://${CONTROL_HOST}:${(this.#http.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#http.close(resolve));
    this.#http.closeAllConnections();
    await closed;
  }

  async #answer(request: http.IncomingMessage): Promise<{ status: number; body: object }> {
    requireOwn(request);
    const [path = ''] = (request.url ?? '').split('?');
    const name = path.slice(1);
    if (name === 'sessions') {
      requireMethod(request, 'GET', path);
      return { status: 200, body: { sessions: this.#proxy.sessions() } };
    }
    const isFault = isProxyFaultName(name);
    if (!isFault && name !== 'heal') throw new RefusedRequest(404, `no ${path}; ${PATHS}`);
    requireMethod(request, 'POST', path);
    const options = parseBody(await readBody(request), path);
    if (isFault) return { status: 200, body: { connections: this.#proxy.inject(name, options) } };
    this.#proxy.heal();
    return { status: 200, body: {} };
  }
}

const PATHS = `there are GET /sessions, POST /heal, and POST ${Object.keys(PROXY_FAULTS)
  .map((name) => `/${name}`)
  .join(', ')}`;

/** A page of a foreign site can make a browser send any Host's name here (DNS rebinding), and an Origin is a page's. */
function requireOwn({ headers: { host, origin } }: http.IncomingMessage): void {
  const name = nameOfHost(host);
  if (name === null || !isLoopback(name)) {
    throw new RefusedRequest(403, 'Host must be a loopback name, such as 127.0.0.1 or localhost');
  }
  if (origin !== undefined) {
    throw new RefusedRequest(403, 'pages may not ask for that: the request has an Origin');
  }
}

function requireMethod({ method }: http.IncomingMessage, wanted: string, path: string): void {
  if (method !== wanted) {
    throw new RefusedRequest(405, `${path} is asked with ${wanted}, not ${method}`);
  }
}

async function readBody(request: http.IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request) {
    pieces.push(piece);
    size += piece.length;
    if (size > MAX_BODY_BYTES) {
      throw new RefusedRequest(413, `a body has at most ${MAX_BODY_BYTES} bytes`);
    }
  }
  return Buffer.concat(pieces).toString();
}

/** What it is, the fault looks at. No body is no options. */
function parseBody(text: string, path: string) {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RefusedRequest(400, `POST ${path}: the body is no JSON: ${(error as Error).message}`);
  }
}

function refusalOf(error: Error): { status: number; body: object } {
  const isBad = error instanceof BadFault;
  const status = error instanceof RefusedRequest ? error.status : isBad ? 400 : 500;
  return { status, body: { error: error.message } };
}
