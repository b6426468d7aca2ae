import net, { type AddressInfo } from 'node:net';

/** What becomes of connections that are made while the line is down. */
export type NewConnections = 'pass' | 'reset' | 'swallow';

/** Two sockets, and whether what one says still reaches the other. */
interface Pair {
  client: net.Socket;
  server: net.Socket;
  silent: boolean;
}

/** The line between browser and server, which can be cut in each way that a line can. */
export class FaultyProxy {
  /** What becomes of new connections. `refuse()` is another thing: then nobody listens. */
  newConnections: NewConnections = 'pass';
  /** When each dial came, by `performance.now()`; those that came to nothing too. */
  readonly dials: number[] = [];
  readonly #server: net.Server;
  readonly #targetPort: number;
  readonly #pairs = new Set<Pair>();
  readonly #swallowed = new Set<net.Socket>();
  readonly #targetHost: string;
  readonly #host: string;
  #port = 0;

  static async start(target: { host: string; port: number }, host: string): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(target, host);
    await proxy.listen();
    return proxy;
  }

  private constructor(target: { host: string; port: number }, host: string) {
    this.#host = host;
    this.#targetHost = target.host;
    this.#targetPort = target.port;
    this.#server = net.createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
  }

  get port(): number {
    return this.#port;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#port, this.#host, resolve);
    });
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** From now on a dial is refused; what is open stays. */
  refuse(): void {
    this.#server.close();
  }

  /** Ends each connection on both sides, without a close frame. */
  fin(): void {
    for (const { client, server } of this.#pairs) {
      client.end();
      server.end();
    }
  }

  rst(): void {
    for (const { client, server } of this.#pairs) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
  }

  /** Nothing comes through any more, not even a FIN, and nobody is told. */
  silence(): void {
    for (const pair of this.#pairs) pair.silent = true;
  }

  /** Ends what was cut silently, as a router does that has forgotten it: with an RST. */
  stop(): void {
    this.#server.close();
    for (const socket of this.#swallowed) socket.destroy();
    for (const { client, server } of this.#pairs) {
      client.destroy();
      server.destroy();
    }
  }

  #accept(client: net.Socket): void {
    this.dials.push(performance.now());
    client.on('error', () => {});
    if (this.newConnections === 'reset') {
      client.resetAndDestroy();
    } else if (this.newConnections === 'swallow') {
      this.#swallowed.add(client.resume());
      client.once('close', () => this.#swallowed.delete(client));
    } else {
      this.#join(client);
    }
  }

  #join(client: net.Socket): void {
    const server = net.connect({
      port: this.#targetPort,
      host: this.#targetHost,
      allowHalfOpen: true,
    });
    const pair: Pair = { client, server, silent: false };
    this.#pairs.add(pair);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.setNoDelay(true);
      from.on('data', (chunk) => {
        if (!pair.silent) to.write(chunk);
      });
      from.on('end', () => {
        if (!pair.silent) to.end();
      });
      from.on('error', () => {
        if (!pair.silent) to.resetAndDestroy();
      });
      from.once('close', () => {
        if (client.destroyed && server.destroyed) this.#pairs.delete(pair);
      });
    }
  }
}
