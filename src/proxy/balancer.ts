import type net from 'node:net';
import type { BalancePolicy } from '../core/settings.ts';
import { connectUpstream, type Upstream } from './upstream.ts';

/** One of the servers that connections are spread over. */
export interface Backend {
  readonly upstream: Upstream;
  /** Sockets to it that are open, or opening. */
  sockets: number;
}

/** Spreads connections over servers. */
export class Balancer {
  readonly #backends: readonly Backend[];
  readonly #policy: BalancePolicy;
  #turn = 0;

  constructor(upstreams: readonly Upstream[], policy: BalancePolicy) {
    this.#backends = upstreams.map((upstream) => ({ upstream, sockets: 0 }));
    this.#policy = policy;
  }

  /** Whose turn it is, of those that were not tried yet; undefined where there are no more. */
  pick(tried: ReadonlySet<Backend>): Backend | undefined {
    const count = this.#backends.length;
    let picked: Backend | undefined;
    for (let turn = this.#turn; turn < this.#turn + count; turn++) {
      const backend = this.#backends[turn % count] as Backend;
      if (tried.has(backend)) continue;
      if (picked === undefined || this.#isBetter(backend, picked)) picked = backend;
    }
    if (picked) this.#turn = (this.#backends.indexOf(picked) + 1) % count;
    return picked;
  }

  /** @param ready as for `connectUpstream` */
  connect(backend: Backend, ready: () => void): net.Socket {
    backend.sockets += 1;
    return connectUpstream(backend.upstream, ready).once('close', () => {
      backend.sockets -= 1;
    });
  }

  #isBetter(one: Backend, other: Backend): boolean {
    return this.#policy === 'least-connections' && one.sockets < other.sockets;
  }
}
