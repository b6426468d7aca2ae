import type { ClientSettings, ServerSettings } from '../../../src/core/settings.ts';
import type { ReferenceServer } from '../../../src/real/server.ts';
import { inTime } from './drivers/remote.ts';
import type { Player, PlayerTab } from './player.ts';
import { FaultyProxy } from './proxy.ts';
import type { Seen } from './seen.ts';
import { seenByServer } from './seen.ts';
import { ServeProcess, startServer } from './server.ts';

const WAIT_MS = 20_000;
/** The story goes on once nothing was seen for this long. */
const QUIET_MS = 400;

/**
 * No heartbeat of the client's unless a row wants one: pages can't see pings. Firefox may tell a page
 * that its socket is closed long before the page goes; it is not to dial again meanwhile.
 */
const CLIENT: Partial<ClientSettings> = {
  backoff: { policy: 'fixed', baseMs: 1000, maxMs: 1000 },
  heartbeatTimeoutMs: null,
};

export interface StageOptions {
  row: string;
  kind?: 'page' | 'frames' | 'blocked';
  client?: Partial<ClientSettings>;
  server?: Partial<ServerSettings>;
  /** Whether the server is `wsdiag serve` in a process of its own. */
  serve?: boolean;
}

/** A server, a proxy, and a player's tab that is connected through it; and what both sides see. */
export class Stage {
  readonly player: Player;
  readonly seen: Seen[] = [];
  readonly proxy: FaultyProxy;
  tab!: PlayerTab;
  /** Other tabs that are to be closed with it. */
  readonly copies: PlayerTab[] = [];
  /** When the row looks first: what was seen before only led there. */
  markedAt = 0;
  readonly #server: ReferenceServer | null;
  readonly #serve: ServeProcess | null;
  #waiting: { holds(): boolean; done(): void }[] = [];
  #lastAt = Date.now();

  static async open(player: Player, options: StageOptions): Promise<Stage> {
    let stage: Stage | null = null;
    const early: Seen[] = [];
    const see = (seen: Seen | null) => {
      if (seen === null) return;
      if (stage === null) early.push(seen);
      else stage.#see(seen);
    };
    const told = (line: Parameters<typeof seenByServer>[0]) => see(seenByServer(line));
    const serve = options.serve ? new ServeProcess(told) : null;
    await serve?.start();
    const inProcess =
      serve === null
        ? await startServer(told, {
            host: player.serverHost,
            origin: player.origin,
            settings: options.server ?? {},
          })
        : null;
    const proxy = await FaultyProxy.start(serve?.port ?? inProcess?.port ?? 0, player.serverHost);
    stage = new Stage(player, proxy, inProcess?.server ?? null, serve);
    try {
      stage.tab = await player.open(
        options.kind ?? 'page',
        {
          row: `${player.name} ${options.row}`,
          url: `ws://${player.serverHost}:${proxy.port}/`,
          client: { ...CLIENT, ...options.client },
        },
        see,
      );
      return stage;
    } catch (error) {
      await stage.close();
      throw error;
    }
  }

  private constructor(
    player: Player,
    proxy: FaultyProxy,
    server: ReferenceServer | null,
    serve: ServeProcess | null,
  ) {
    this.player = player;
    this.proxy = proxy;
    this.#server = server;
    this.#serve = serve;
  }

  get server(): ReferenceServer {
    if (this.#server === null) throw new Error('the server of this row is a process');
    return this.#server;
  }

  get serve(): ServeProcess {
    if (this.#serve === null) throw new Error('the server of this row is no process');
    return this.#serve;
  }

  /** From here on the row looks. */
  mark(): void {
    this.markedAt = this.seen.length;
  }

  count(side: Seen['side'], event: string): number {
    return this.seen.filter((seen) => seen.side === side && seen.event === event).length;
  }

  /** Resolves once the pages have been welcomed that often since the beginning. */
  opened(times: number, ms = WAIT_MS): Promise<void> {
    return this.until(
      `${times} connections`,
      () => this.count('page', 'connection_opened') >= times,
      ms,
    );
  }

  /** Resolves once the server has logged that many closes since the beginning. */
  closed(times: number, ms = WAIT_MS): Promise<void> {
    return this.until(
      `${times} closes at the server`,
      () => this.count('server', 'connection_closed') >= times,
      ms,
    );
  }

  until(what: string, holds: () => boolean, ms = WAIT_MS): Promise<void> {
    if (holds()) return Promise.resolve();
    const met = new Promise<void>((done) => this.#waiting.push({ holds, done }));
    return inTime(
      met,
      `no ${what}; seen: ${this.seen.map(({ side, text }) => `${side} ${text}`).join(', ')};`,
      ms,
    );
  }

  /** Resolves once nothing has been seen for a while. */
  async quiet(): Promise<void> {
    const since = Date.now();
    for (;;) {
      const leftMs = Math.max(since, this.#lastAt) + QUIET_MS - Date.now();
      if (leftMs <= 0) return;
      await pause(leftMs);
    }
  }

  async close(): Promise<void> {
    for (const tab of [...this.copies, this.tab]) await tab?.close().catch(() => {});
    this.proxy.stop();
    await this.#server?.stop();
    await this.#serve?.end('SIGKILL');
  }

  #see(seen: Seen): void {
    this.seen.push(seen);
    this.#lastAt = Date.now();
    const met = this.#waiting.filter(({ holds }) => holds());
    this.#waiting = this.#waiting.filter((waiter) => !met.includes(waiter));
    for (const { done } of met) done();
  }
}

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));
