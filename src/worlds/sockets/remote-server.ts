import { SERVICE_RESTART } from '../../core/close-codes.ts';
import type { ServerNode } from '../../core/world.ts';
import type { Listening, StormedServer } from './stormed-server.ts';

export interface RemoteServerOptions {
  url: string;
  nodes: number;
  /** null: as many as there are. */
  maxDialsPerSecond: number | null;
  /** Asks whoever has the server to close these sessions. */
  closeSessions(sessionIds: string[], code: number, reason: string): void;
}

/** A reference server that another process has, and does to it what the plan says: here, only its state is kept. */
export class RemoteServer implements StormedServer {
  readonly goodbyeCode = SERVICE_RESTART;
  readonly nodes: readonly ServerNode[];
  readonly closeSessions: RemoteServerOptions['closeSessions'];
  readonly #url: string;
  readonly #maxDialsPerSecond: number | null;

  constructor({ url, nodes, maxDialsPerSecond, closeSessions }: RemoteServerOptions) {
    this.#url = url;
    this.#maxDialsPerSecond = maxDialsPerSecond;
    this.nodes = Array.from({ length: nodes }, () => new RemoteNode());
    this.closeSessions = closeSessions;
  }

  async listening(): Promise<Listening> {
    const url = new URL(this.#url);
    const path = url.pathname + url.search;
    const maxDialsPerSecond = this.#maxDialsPerSecond;
    return {
      url,
      shown: this.#url,
      ...(maxDialsPerSecond !== null && {
        server: { path, headers: {}, subprotocols: [], maxDialsPerSecond },
      }),
    };
  }

  rejectHandshakes(): void {}
  stallHandshakes(): void {}
  closeOnOpen(): void {}
  async caughtUp(): Promise<void> {}
  async close(): Promise<void> {}
  kill(): void {}
}

/** Whether it is down says whether a stop finds anybody to end. */
class RemoteNode implements ServerNode {
  down = false;

  stop(): void {
    this.down = true;
  }

  start(isDone: () => void): void {
    this.down = false;
    isDone();
  }

  freeze(): void {}
}
