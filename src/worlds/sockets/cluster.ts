import { SERVICE_RESTART } from '../../core/close-codes.ts';
import type { BalancePolicy } from '../../core/settings.ts';
import type { CloseRule, RejectRule } from '../../core/world.ts';
import { type RunningProxy, startProxy } from '../../proxy/index.ts';
import type { ServerHandle } from '../../real/server-handle.ts';
import type { Listening, StormedServer } from './stormed-server.ts';

/** Several reference servers behind a balancer, which goes by those that listen. */
export class Cluster implements StormedServer {
  readonly goodbyeCode = SERVICE_RESTART;
  readonly nodes: readonly ServerHandle[];
  readonly #balance: BalancePolicy;
  #balancer: RunningProxy | null = null;

  constructor(nodes: readonly ServerHandle[], balance: BalancePolicy) {
    this.nodes = nodes;
    this.#balance = balance;
  }

  async listening(): Promise<Listening> {
    const listening = await Promise.all(this.nodes.map((node) => node.listening()));
    const balancer = await startProxy({
      upstream: listening.map(({ url }) => url.origin),
      balance: this.#balance,
    });
    this.#balancer = balancer;
    return { url: new URL(balancer.url), shown: balancer.url };
  }

  rejectHandshakes(rule: RejectRule | null): void {
    for (const node of this.nodes) node.rejectHandshakes(rule);
  }

  stallHandshakes(on: boolean): void {
    for (const node of this.nodes) node.stallHandshakes(on);
  }

  closeOnOpen(rule: CloseRule | null): void {
    for (const node of this.nodes) node.closeOnOpen(rule);
  }

  /** Each knows those that are its own. */
  closeSessions(sessionIds: string[], code: number, reason: string): void {
    for (const node of this.nodes) node.closeSessions(sessionIds, code, reason);
  }

  async caughtUp(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.caughtUp()));
  }

  async close(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.close()));
    await this.#balancer?.stop();
  }

  kill(): void {
    for (const node of this.nodes) node.kill();
    void this.#balancer?.stop();
  }
}
